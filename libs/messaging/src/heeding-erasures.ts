import { auditLedgerEvents, erasedForm, isReached, type Erasure } from '@causeway/contracts';
import type { LedgerPort, Recorded } from '@causeway/eventing';

export type HeedingLedger = LedgerPort & {
  /** Takes note of the erasures among these events. True when there is one: what was read before is to be forgotten. */
  readonly hear: (events: readonly Recorded[]) => boolean;
};

/**
 * The ledger, read as it is once the newest erasure that was heard of is done: the event that records it may come a moment before the data is gone,
 * and what was read in that moment must not be kept. Erasures before it are done: the ledger does one after another.
 */
export function heedingErasures(ledger: LedgerPort): HeedingLedger {
  let newest: Erasure | undefined;
  const heed = (event: Recorded): Recorded => (newest && isReached(newest, event) ? erasedForm(event) : event);
  return {
    append: ledger.append,
    readStream: async (stream, fromVersion) => (await ledger.readStream(stream, fromVersion)).map(heed),
    readAll: async (query) => {
      const page = await ledger.readAll(query);
      return { ...page, events: page.events.map(heed) };
    },
    hear: (events) => {
      const heard = events.filter(({ type }) => type === 'data.erased');
      const said = auditLedgerEvents['data.erased'].data.safeParse(heard.at(-1)?.data);
      if (said.success) newest = said.data;
      return heard.length > 0;
    },
  };
}
