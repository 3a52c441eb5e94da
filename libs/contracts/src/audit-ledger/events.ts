import { z } from 'zod';
import { defineEvents, type EventOf } from '../define.ts';
import { PrincipalId } from '../ids.ts';
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
  'key.added': {
    data: z.strictObject({ vkey: z.string(), reason: z.string(), addedBy: PrincipalId, at: At }),
  },
  'key.retired': {
    data: z.strictObject({ vkey: z.string(), reason: z.string(), retiredBy: PrincipalId, at: At }),
  },
});
export type AuditLedgerEvent = EventOf<typeof auditLedgerEvents>;
