import { z } from 'zod';
import { Actor } from '../actor.ts';
import type { MessageContract } from '../define.ts';
import type { ReplyEnvelope } from '../envelope.ts';
import type { Json } from '../json.ts';
import { subjectOf } from '../subjects.ts';

/** Name of a stream: one restricted token, so that a stream's id can be the scope of its own events. */
export const StreamName = z.string().regex(/^[A-Za-z0-9_-]{1,96}$/, 'must be 1 to 96 letters, digits, - and _');

export const ExpectedVersion = z.union([z.int().min(1), z.enum(['none', 'exists', 'any'])]);
export type ExpectedVersion = z.infer<typeof ExpectedVersion>;

export const EventToAppend = z.strictObject({
  id: z.uuid(),
  type: z.string(),
  /** The run id when the event belongs to a run; left out, the stream's own name. */
  scope: StreamName.optional(),
  /** Who caused this event, when not the actor of the whole append: one append can carry the work of several. */
  actor: Actor.optional(),
  correlationId: z.string().max(128).optional(),
  causationId: z.string().max(128).optional(),
  /** Any JSON. Not parsed here: a parser drops what it does not know, while the ledger refuses it and says where it is. */
  data: z.unknown() as z.ZodType<Json>,
});
export type EventToAppend = z.infer<typeof EventToAppend>;

export const StreamWrite = z.strictObject({
  stream: StreamName,
  expected: ExpectedVersion,
  events: z.array(EventToAppend).min(1).max(512),
});
export type StreamWrite = z.infer<typeof StreamWrite>;

/** Several streams at once, all or nothing. The same append id with the same content again returns the first answer. */
export const Append = z.strictObject({
  appendId: z.uuid(),
  writes: z.array(StreamWrite).min(1).max(64),
});
export type Append = z.infer<typeof Append>;

export const Appended = z.strictObject({
  firstPosition: z.int().min(0),
  lastPosition: z.int().min(0),
  /** Version of each stream that was written, after the append. */
  versions: z.record(z.string(), z.int().min(1)),
});
export type Appended = z.infer<typeof Appended>;

const append = {
  kind: 'command',
  owner: 'audit-ledger',
  name: 'append',
  data: Append,
  reply: Appended,
  rejections: [
    'VERSION_CONFLICT',
    'EVENT_ID_REUSED',
    'EVENT_TYPE_UNKNOWN',
    'EVENT_NOT_OWNED',
    'EVENT_DATA_INVALID',
    'LEDGER_BUSY',
    'LEDGER_NOT_LEADER',
    'LEDGER_UNAVAILABLE',
    'LEDGER_ROLLED_BACK',
  ],
} as const satisfies Omit<MessageContract, 'subject'>;

/**
 * The append command of one writer. The writer's name is the last token of the subject: NATS lets each service publish only on its own,
 * and the ledger lets each name write only its own nouns.
 */
export function appendBy(writer: string): MessageContract<typeof Append, typeof Appended> {
  return { ...append, subject: subjectOf({ kind: 'append', writer }) };
}

/** Every writer's append: what audit-ledger listens to. The writer is the last token of the subject a request came on. */
export const appendByAnyWriter: MessageContract<typeof Append, typeof Appended> = {
  ...append,
  subject: 'cmd.audit-ledger.append.*',
};

/** Most appends in one message. */
export const MAX_APPENDS_AT_ONCE = 256;

/** Appends that have nothing to do with each other but the sender. Each is checked by itself, so that one that does not fit fails alone. */
export const AppendAll = z.strictObject({ appends: z.array(z.unknown()).min(1).max(MAX_APPENDS_AT_ONCE) });
const AppendAnswers = z.strictObject({
  /** One for each append, in their order. */
  answers: z.array(z.unknown() as z.ZodType<ReplyEnvelope<Appended>>),
});
type AppendAllContract = MessageContract<typeof AppendAll, typeof AppendAnswers>;

const appendAll = { ...append, name: 'append-all', data: AppendAll, reply: AppendAnswers } as const;

/**
 * Many appends of one writer in one message: what a message costs is shared. Each append stands alone, as if it had been sent by
 * {@link appendBy}: it is accepted or refused by itself, and has an answer of its own.
 */
export function appendAllBy(writer: string): AppendAllContract {
  return { ...appendAll, subject: subjectOf({ kind: 'append-all', writer }) };
}

/** Every writer's appends in one message. */
export const appendAllByAnyWriter: AppendAllContract = { ...appendAll, subject: 'cmd.audit-ledger.append-all.*' };
