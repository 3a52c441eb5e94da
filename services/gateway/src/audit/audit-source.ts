import { readAll, type Actor, type RecordedEvent } from '@causeway/contracts';
import { unreadable, type Bus } from '@causeway/messaging';
import type { LogTail } from '../log/log-tail.ts';

/** A stretch of the log: its events, and the position before which nothing is missing. */
export type Stretch = { readonly events: readonly RecordedEvent[]; readonly to: number };

/** Where a reader that follows the log takes its events from. */
export type AuditSource = {
  /** Has news sent here until it is released. */
  readonly hold: () => () => void;
  /** The next stretch from a position on; of one scope when given. Empty at the end of the log. */
  readonly next: (from: number, scope: string | undefined) => Promise<Stretch>;
  /** Resolves true when there is something from `position` on; false after `timeoutMs` or when the signal aborts. */
  readonly news: (position: number, timeoutMs: number, signal: AbortSignal) => Promise<boolean>;
};

const PAGE = 200;
const gateway: Actor = { kind: 'system', id: 'gateway' };

/** Events from memory as long as they are there, from the ledger when they are older: the positions tell which, so none is missed or told twice. */
export function auditSource(tail: LogTail, bus: Pick<Bus, 'request'>): AuditSource {
  async function readLedger(fromPosition: number, scope: string | undefined): Promise<Stretch> {
    const query = { fromPosition, limit: PAGE, ...(scope === undefined ? {} : { scope }) };
    const meta = { id: `audit-${fromPosition}`, actor: gateway };
    const reply = await bus.request(readAll, query, meta, { timeoutMs: 10_000, attemptMs: 3_000 });
    if (!reply.ok) throw unreadable('the log', reply.rejection);
    return { events: reply.value.events, to: reply.value.scannedTo };
  }

  return {
    hold: tail.hold,
    next: async (from, scope) => {
      const recent = tail.since(from);
      if (!recent) return readLedger(from, scope);
      const events = scope === undefined ? recent : recent.filter((event) => event.scope === scope);
      return { events, to: from + recent.length };
    },
    news: (position, timeoutMs, signal) => tail.reached(position + 1, timeoutMs, signal),
  };
}
