import { z } from 'zod';
import { AnnouncedCapability, CapabilityDescriptor } from '../capability-descriptor.ts';
import { defineQuery, type MessageContract } from '../define.ts';
import { Effects } from '../effects.ts';
import { Sha256Hex } from '../ids.ts';
import { subjectOf } from '../subjects.ts';

const owner = 'run-orchestrator';
/** Ledger position of the newest event about any capability: the version of the whole list. */
const Version = z.int().min(0);

/** What an agent can name in a step. */
export const CapabilityView = z.strictObject({
  ...CapabilityDescriptor.omit({ effects: true }).shape,
  /** Everything a call may do to the world, whatever its input. */
  effects: z.array(Effects),
  effectRules: CapabilityDescriptor.shape.effects,
  /** SHA-256 over everything of it that decides. An approval is bound to it. */
  digest: Sha256Hex,
  /** Version of the list with which it took this form. */
  since: Version,
});
export type CapabilityView = z.infer<typeof CapabilityView>;

export const CapabilityList = z.strictObject({
  version: Version,
  capabilities: z.array(CapabilityView),
  next: z.string().optional(),
});
export type CapabilityList = z.infer<typeof CapabilityList>;

/** What changed after `since`. With `more`, ask again with this `version`. */
export const CapabilityChanges = z.strictObject({
  version: Version,
  since: Version,
  added: z.array(CapabilityView),
  changed: z.array(CapabilityView),
  removed: z.array(z.string()),
  more: z.boolean(),
});
export type CapabilityChanges = z.infer<typeof CapabilityChanges>;
export const CapabilityAnswer = z.union([CapabilityList, CapabilityChanges]);
export type CapabilityAnswer = z.infer<typeof CapabilityAnswer>;

/** In the order of their ids; `after` is the last id of the page before. With `since`, what changed after that version instead. */
export const listCapabilities = defineQuery({
  owner,
  name: 'list-capabilities',
  data: z.strictObject({
    since: Version.optional(),
    limit: z.int().min(1).max(200).default(50),
    after: z.string().max(128).optional(),
  }),
  reply: CapabilityAnswer,
  rejections: [],
});

/** Most capabilities of one provider. */
export const MAX_CAPABILITIES = 64;
const Announcement = z.strictObject({ capabilities: z.array(AnnouncedCapability).max(MAX_CAPABILITIES) });
const Announced = z.strictObject({
  version: Version,
  capabilities: z.array(z.strictObject({ id: z.string(), digest: Sha256Hex })),
});
type AnnounceContract = MessageContract<typeof Announcement, typeof Announced>;

const announce = {
  kind: 'command',
  owner,
  name: 'announce-capabilities',
  data: Announcement,
  reply: Announced,
  rejections: ['CAPABILITY_NOT_OWNED', 'CAPABILITY_DESCRIPTOR_INVALID', 'LEDGER_UNAVAILABLE'],
} as const satisfies Omit<MessageContract, 'subject'>;

/**
 * All capabilities of one provider, sent at its start: what is new is added, what differs is changed, and what is missing is removed. The
 * provider's name is the last token of the subject: NATS lets each service announce under its own name only.
 */
export function announceBy(provider: string): AnnounceContract {
  return { ...announce, subject: subjectOf({ kind: 'announce', provider }) };
}

/** Every provider's announcements: what run-orchestrator listens to. The provider is the last token of the subject a request came on. */
export const announceByAnyProvider: AnnounceContract = {
  ...announce,
  subject: 'cmd.run-orchestrator.announce-capabilities.*',
};
