import { z } from 'zod';
import type { CapabilityContract } from './capability.ts';
import { EffectRules, FailureRule, FieldName } from './effects.ts';
import { JsonObject } from './json.ts';
import { Risk } from './run-orchestrator/approval.ts';

/** Two words with one dot: `network.http-fetch`. The first has no dash, so that the id can be read back from a subject. */
export const CapabilityId = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9]*\.[a-z][a-z0-9-]*$/, 'must be two words with a dot between, such as network.http-fetch');
export const ServiceName = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, 'must be the name of a service');

/** A capability as its provider describes it. Schemas are JSON Schema, draft 2020-12; what is announced is what is enforced. */
export const AnnouncedCapability = z.strictObject({
  id: CapabilityId,
  version: z.string().regex(/^[0-9A-Za-z][0-9A-Za-z.+-]{0,31}$/, 'must be a version such as 1 or 1.2.0'),
  title: z.string().min(1).max(100),
  description: z.string().min(1).max(2000),
  inputSchema: JsonObject,
  resultSchema: JsonObject,
  effects: EffectRules,
  /** When an answer does not count as success; left out: every answer does. */
  failsWhen: FailureRule.optional(),
  /** A call that writes may be sent again under the same call id: the provider does each call once. */
  safeToRepeat: z.boolean().default(false),
  approval: z.strictObject({
    /** Least risk of a wrong yes to it, when more than its effects tell. */
    risk: Risk.optional(),
    /** Top-level members of the input that an approver's statement spells out. */
    decisive: z.array(FieldName).max(32).default([]),
  }),
  /** Whether results carry text from outside: data, never instructions. */
  untrusted: z.boolean(),
  /** Codes after which it is certain that a call had no effect. */
  rejections: z
    .array(
      z
        .string()
        .regex(/^[A-Z]+(_[A-Z]+)*$/)
        .max(64),
    )
    .max(64),
});
export type AnnouncedCapability = z.infer<typeof AnnouncedCapability>;

/** The same with its owner, which the bus tells and no body. */
export const CapabilityDescriptor = z.strictObject({ ...AnnouncedCapability.shape, owner: ServiceName });
export type CapabilityDescriptor = z.infer<typeof CapabilityDescriptor>;

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): JsonObject =>
  z.toJSONSchema(schema, { io }) as unknown as JsonObject;

/** What a service of ours announces of a capability that it declares in code. */
export function announcementOf(contract: CapabilityContract): AnnouncedCapability {
  const { id, version, title, description, effectRules: effects, failsWhen, risk, decisive = [], untrusted } = contract;
  return {
    ...{ id, version, title, description, effects, untrusted },
    approval: { ...(risk === undefined ? {} : { risk }), decisive: [...decisive] },
    inputSchema: schemaOf(contract.input, 'input'),
    resultSchema: schemaOf(contract.result, 'output'),
    ...(failsWhen === undefined ? {} : { failsWhen }),
    safeToRepeat: contract.safeToRepeat ?? false,
    rejections: [...contract.rejections],
  };
}
