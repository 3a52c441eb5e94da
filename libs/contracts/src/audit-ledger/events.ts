import { z } from 'zod';
import { defineEvents, type EventOf } from '../define.ts';
import { PrincipalId, Sha256Hex } from '../ids.ts';
import { ErasureTarget } from './erasure.ts';

const At = z.iso.datetime();

/** Events of the ledger about itself. */
export const auditLedgerEvents = defineEvents('audit-ledger', {
  /** `before`: position that the erasure reaches up to; `erased`: how many events lose data by it. */
  'data.erased': {
    data: z.strictObject({
      target: ErasureTarget,
      before: z.int().min(0),
      erased: z.int().min(0),
      reason: z.string(),
      requestedBy: PrincipalId,
      at: At,
    }),
  },
  /** Positions [from, to) of finished runs went into a bundle. `size`, `root`: the signed checkpoint that they were proven under. */
  'range.archived': {
    data: z.strictObject({
      from: z.int().min(0),
      to: z.int().min(1),
      size: z.int().min(1),
      root: Sha256Hex,
      digest: Sha256Hex,
      reason: z.string(),
      requestedBy: PrincipalId,
      at: At,
    }),
  },
  /** `archive`: position of the archive that is to be put back. */
  'range.restored': {
    data: z.strictObject({ archive: z.int().min(0), reason: z.string(), requestedBy: PrincipalId, at: At }),
  },
  'key.added': {
    data: z.strictObject({ vkey: z.string(), reason: z.string(), addedBy: PrincipalId, at: At }),
  },
  'key.retired': {
    data: z.strictObject({ vkey: z.string(), reason: z.string(), retiredBy: PrincipalId, at: At }),
  },
});
export type AuditLedgerEvent = EventOf<typeof auditLedgerEvents>;
