import { z } from 'zod';
import { defineCommand, defineQuery } from '../define.ts';
import { ErasureReason } from './erasure.ts';

const owner = 'audit-ledger';
/** Archives take whole tiles of 256 leaves. */
const TileEdge = z.int().min(0).multipleOf(256);
const Digest = z.string().regex(/^[0-9a-f]{64}$/);
const WRITER = [
  'EVENT_ID_REUSED',
  'LEDGER_UNAVAILABLE',
  'LEDGER_NOT_LEADER',
  'LEDGER_BUSY',
  'LEDGER_ROLLED_BACK',
] as const;

/** Types of event after which a run is over, so that its events may be archived. */
export const RUN_ENDS = ['run.done', 'run.failed', 'run.cancelled'] as const;

/** Nouns of the events that nobody needs to decide anything once their run is over. A stream that holds any other noun is never archived. */
export const ARCHIVED_NOUNS = ['run', 'claim', 'step', 'policy', 'budget', 'subgoal', 'approval', 'egress'] as const;

/** Most positions that one archive reaches over. */
export const MAX_ARCHIVED_POSITIONS = 1_048_576;

/** Why a range is archived, or restored: stands in the log for good. */
export const ArchiveReason = ErasureReason;

/** What an archive says of itself: positions [from, to), and the digest of the bundle that holds them. */
export const ArchivedRange = z.strictObject({
  from: TileEdge,
  to: TileEdge.min(256),
  /** SHA-256 of the bundle's `events.ndjson`, in hexadecimal. */
  digest: Digest,
});
export type ArchivedRange = z.infer<typeof ArchivedRange>;

/**
 * Takes what the events of finished runs say out of the database, of the positions [from, to). Whoever asks holds them in a bundle and names its
 * digest, which has to be that of what the ledger holds. Hashes, ids, versions and proofs stay. The archive is itself recorded, before anything
 * goes. The same range with the same digest again is the same archive.
 */
export const archiveRange = defineCommand({
  owner,
  name: 'archive-range',
  data: z.strictObject({ archiveId: z.uuid(), ...ArchivedRange.shape, reason: ArchiveReason }),
  reply: z.strictObject({
    /** Position of the event that records it. */
    position: z.int().min(0),
    /** How many events were taken out. */
    archived: z.int().min(0),
  }),
  rejections: ['ARCHIVE_REFUSED', 'RANGE_ARCHIVED', ...WRITER],
});

/** Records that an archive is to be put back. The events come back with the bundle, by the ledger's own program. */
export const restoreRange = defineCommand({
  owner,
  name: 'restore-range',
  data: z.strictObject({
    restorationId: z.uuid(),
    /** Position of the event that records the archive. */
    archive: z.int().min(0),
    reason: ArchiveReason,
  }),
  reply: z.strictObject({ position: z.int().min(0) }),
  rejections: ['ARCHIVE_REFUSED', ...WRITER],
});

/** An archive, and what became of it. */
export const ArchiveView = z.strictObject({
  /** Position of the event that records it. */
  position: z.int().min(0),
  ...ArchivedRange.shape,
  reason: z.string(),
  requestedBy: z.string(),
  /** ISO 8601 in UTC. */
  at: z.string(),
  /** How many events are out of the database now because of it. */
  archived: z.int().min(0),
  /** Position of the event that says it is to be put back. */
  restoredBy: z.int().min(0).optional(),
});
export type ArchiveView = z.infer<typeof ArchiveView>;

/** Every archive that was made, oldest first. */
export const listArchives = defineQuery({
  owner,
  name: 'list-archives',
  data: z.strictObject({}),
  reply: z.strictObject({ archives: z.array(ArchiveView) }),
  rejections: ['LEDGER_UNAVAILABLE'],
});
