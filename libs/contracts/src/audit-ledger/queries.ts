import { z } from 'zod';
import { defineQuery } from '../define.ts';
import { RecordedEvent } from '../envelope.ts';
import { StreamName } from './commands.ts';

const owner = 'audit-ledger';
const rejections = ['LEDGER_UNAVAILABLE'] as const;
const readRejections = [...rejections, 'RANGE_ARCHIVED'] as const;
const Limit = z.int().min(1).max(1000).default(200);

export const Head = z.strictObject({
  origin: z.string(),
  /** Position that the next event will get: the number of events in the log. */
  nextPosition: z.int().min(0),
  chain: z.string(),
  /** First position not yet published on `audit.>`. */
  publishedTo: z.int().min(0),
});
export type Head = z.infer<typeof Head>;
export const getHead = defineQuery({ owner, name: 'get-head', data: z.strictObject({}), reply: Head, rejections });

/** Events of one stream in order, from a version on. A page ends early when its size nears what one message can carry: follow `next`. */
export const readStream = defineQuery({
  owner,
  name: 'read-stream',
  data: z.strictObject({ stream: StreamName, fromVersion: z.int().min(1).default(1), limit: Limit }),
  reply: z.strictObject({
    events: z.array(RecordedEvent),
    /** Version to go on from; absent at the end of the stream. */
    next: z.int().min(1).optional(),
  }),
  rejections: readRejections,
});

/** Events of the whole log in order, from a position on; `types` and `scope` narrow it without losing count: go on from `scannedTo`. */
export const readAll = defineQuery({
  owner,
  name: 'read-all',
  data: z.strictObject({
    fromPosition: z.int().min(0).default(0),
    limit: Limit,
    types: z.array(z.string()).max(64).optional(),
    scope: StreamName.optional(),
    /** Answer only once the log holds this position (at most 2 s); else PROJECTION_BEHIND. */
    minPosition: z.int().min(0).optional(),
  }),
  reply: z.strictObject({
    events: z.array(RecordedEvent),
    /** Position to go on from: everything before it was looked at. */
    scannedTo: z.int().min(0),
    nextPosition: z.int().min(0),
  }),
  rejections: [...readRejections, 'PROJECTION_BEHIND'],
});

/** A stored event as bytes, for a verifier that trusts nothing else. Bytes are base64. */
export const RawEvent = z.strictObject({
  position: z.int().min(0),
  stream: z.string(),
  version: z.int().min(1),
  id: z.string(),
  type: z.string(),
  scope: z.string(),
  leaf: z.string(),
  leafHash: z.string(),
  chain: z.string(),
  data: z.string().optional(),
  salt: z.string().optional(),
});
export type RawEvent = z.infer<typeof RawEvent>;
/** What is left of an event that is archived. Leaf, data and salt are in the bundle. */
export const ArchivedEvent = z.strictObject({
  ...RawEvent.omit({ leaf: true, data: true, salt: true }).shape,
  /** Position of the event that records the archive. */
  archivedBy: z.int().min(0),
});
export type ArchivedEvent = z.infer<typeof ArchivedEvent>;
export const readRaw = defineQuery({
  owner,
  name: 'read-raw',
  data: z.strictObject({
    fromPosition: z.int().min(0).default(0),
    limit: Limit,
    /** Answer with what is left of archived events; left out, a page that begins with one is RANGE_ARCHIVED. */
    hashes: z.literal(true).optional(),
  }),
  reply: z.strictObject({
    events: z.array(RawEvent),
    /** With `hashes`: the archived events of the same stretch of positions. */
    archived: z.array(ArchivedEvent).optional(),
    nextPosition: z.int().min(0),
    origin: z.string(),
  }),
  rejections: readRejections,
});

export const Finding = z.strictObject({ position: z.int().min(0), code: z.string(), detail: z.string() });
export type Finding = z.infer<typeof Finding>;
/** The ledger's own check of itself: a convenience. Whoever does not trust it reads raw and checks alone. */
export const verifyLog = defineQuery({
  owner,
  name: 'verify-log',
  data: z.strictObject({}),
  reply: z.strictObject({
    good: z.boolean(),
    checked: z.int().min(0),
    /** How many of them are archived: checked by their hashes alone. */
    archived: z.int().min(0).optional(),
    findings: z.array(Finding),
    chain: z.string(),
  }),
  rejections,
});
