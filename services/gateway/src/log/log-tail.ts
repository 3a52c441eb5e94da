import { auditLedgerEvents, erasedForm, isReached, type RecordedEvent } from '@causeway/contracts';
import type { LedgerPort, Recorded } from '@causeway/eventing';
import { followLog, type Bus, type Follower, type Log } from '@causeway/messaging';

/** The newest events of the log, and word of every further one. */
export type LogTail = {
  /** Follows the log from a position on. */
  readonly follow: (from: number) => void;
  /** Everything before it was seen. */
  readonly position: () => number;
  /** The events from a position on, when they are all still here; else undefined: read the ledger. */
  readonly since: (position: number) => readonly RecordedEvent[] | undefined;
  /** Resolves true once everything before `position` was seen; false after `timeoutMs`, or when the signal aborts. */
  readonly reached: (position: number, timeoutMs: number, signal?: AbortSignal) => Promise<boolean>;
  readonly stop: () => Promise<void>;
};

export type LogTailOptions = {
  readonly bus: Bus;
  readonly ledger: LedgerPort;
  readonly log: Log;
  /** Hears of every event in order, before anybody who waits for it. */
  readonly onEvents: (events: readonly Recorded[], to: number) => void;
  /** How many events stay in memory; default 256. */
  readonly kept?: number;
};

/** One follower of the log for the whole process: who wants events takes them from here, and what is older from the ledger. */
export function logTail({ bus, ledger, log, onEvents, kept = 256 }: LogTailOptions): LogTail {
  let follower: Follower | undefined;
  let seenTo = 0;
  let recent: RecordedEvent[] = [];
  const waiting = new Set<() => void>();

  function take(events: readonly Recorded[], to: number): void {
    onEvents(events, to);
    recent = [...recent, ...events.map(asRecordedEvent)].slice(-kept);
    for (const event of events) if (event.type === 'data.erased') forget(event);
    seenTo = to;
    for (const look of [...waiting]) look();
  }

  /** What an erasure reaches is told in its erased form from now on; the ledger has no other. */
  function forget({ data }: Recorded): void {
    const said = auditLedgerEvents['data.erased'].data.safeParse(data);
    if (said.success) recent = recent.map((event) => (isReached(said.data, event) ? erasedForm(event) : event));
  }

  return {
    follow: (from) => {
      seenTo = from;
      follower = followLog({
        bus,
        ledger,
        log,
        from,
        apply: async (events, { to }) => {
          take(events, to);
          return to;
        },
      });
    },
    position: () => seenTo,
    since: (position) => {
      const first = seenTo - recent.length;
      return position >= first && position <= seenTo ? recent.slice(position - first) : undefined;
    },
    reached: (position, timeoutMs, signal) => {
      if (seenTo >= position) return Promise.resolve(true);
      return new Promise((resolve) => {
        const end = () => {
          clearTimeout(timer);
          waiting.delete(look);
          signal?.removeEventListener('abort', end);
          resolve(seenTo >= position);
        };
        const look = () => {
          if (seenTo >= position) end();
        };
        const timer = setTimeout(end, timeoutMs);
        waiting.add(look);
        signal?.addEventListener('abort', end);
        if (signal?.aborted) end();
      });
    },
    stop: async () => follower?.stop(),
  };
}

/** What the follower delivers is what the ledger recorded, under a narrower type. */
const asRecordedEvent = (event: Recorded): RecordedEvent => event as unknown as RecordedEvent;
