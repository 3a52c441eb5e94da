import { z } from 'zod';
import { defineCommand } from '../define.ts';
import { StreamName } from './commands.ts';

/** What to erase: events by position, or everything erasable that was recorded so far in a scope or in a stream. */
export const ErasureTarget = z.union([
  z.strictObject({ positions: z.array(z.int().min(0)).min(1).max(1000) }),
  z.strictObject({ scope: StreamName }),
  z.strictObject({ stream: StreamName }),
]);
export type ErasureTarget = z.infer<typeof ErasureTarget>;

/** Stands in the log for good: it cannot be erased itself. Postgres reads the recorded erasure, and knows no NUL character. */
export const ErasureReason = z
  .string()
  .min(1)
  .max(1000)
  .regex(/^[^\0]*$/, 'must not hold a NUL character');

/**
 * Erases what can be erased of events: the data that their leaves only commit to. Leaves, chain and proofs stay as they are. The erasure is
 * itself recorded, before anything is erased. The same erasure id again is the same erasure.
 */
export const erase = defineCommand({
  owner: 'audit-ledger',
  name: 'erase',
  data: z.strictObject({ erasureId: z.uuid(), target: ErasureTarget, reason: ErasureReason }),
  reply: z.strictObject({
    /** Position of the event that records it. */
    position: z.int().min(0),
    /** How many events lost data by it. */
    erased: z.int().min(0),
  }),
  rejections: [
    'ERASURE_REFUSED',
    'RANGE_ARCHIVED',
    'EVENT_ID_REUSED',
    'LEDGER_UNAVAILABLE',
    'LEDGER_NOT_LEADER',
    'LEDGER_BUSY',
    'LEDGER_ROLLED_BACK',
  ],
});
