import { z } from 'zod';
import type { JsonObject } from './json.ts';

/** What a capability does to the world; decides whether a call may be repeated after a crash. */
export const EFFECTS = ['none', 'reads', 'writes'] as const;
export const Effects = z.enum(EFFECTS);
export type Effects = z.infer<typeof Effects>;

export const FieldName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/, 'must be the name of a member');

/** Effects as data, so that a provider elsewhere can say them: those of the first rule whose input member has one of its values. */
export const EffectRules = z.strictObject({
  rules: z
    .array(
      z.strictObject({
        field: FieldName,
        in: z
          .array(z.union([z.string().max(256), z.number(), z.boolean()]))
          .min(1)
          .max(64),
        effect: Effects,
      }),
    )
    .max(16)
    .default([]),
  otherwise: Effects,
});
export type EffectRules = z.infer<typeof EffectRules>;

/** When an answer does not count as success: a whole number in it is at least this. `{value}` in the words stands for that number. */
export const FailureRule = z.strictObject({
  field: FieldName,
  atLeast: z.int(),
  detail: z.string().min(1).max(200),
});
export type FailureRule = z.infer<typeof FailureRule>;

/** What a call with this (valid) input does to the world. */
export const effectOf = ({ rules, otherwise }: EffectRules, input: JsonObject): Effects =>
  rules.find((rule) => rule.in.some((value) => value === input[rule.field]))?.effect ?? otherwise;

/** Everything a call may do to the world, whatever its input. */
export const possibleEffects = ({ rules, otherwise }: EffectRules): readonly Effects[] =>
  EFFECTS.filter((effect) => effect === otherwise || rules.some((rule) => rule.effect === effect));

/** Why an answer does not count as success, in words; undefined when it does. */
export function failureIn(rule: FailureRule | undefined, result: unknown): string | undefined {
  if (rule === undefined || typeof result !== 'object' || result === null) return undefined;
  const value = (result as Readonly<Record<string, unknown>>)[rule.field];
  return typeof value === 'number' && value >= rule.atLeast
    ? rule.detail.replaceAll('{value}', String(value))
    : undefined;
}
