import { auditLedgerEvents, erasedForm, isReached, type RecordedEvent } from '@causeway/contracts';
import type { LedgerPort, Recorded } from '@causeway/eventing';
import { followLog, type Bus, type Follower, type Log } from '@causeway/messaging';

/** How far the log was seen, and its newest events as long as somebody wants them. */
export type LogTail = {
  /** Follows the log from a position on. */
  readonly follow: (from: number) => void;
  /** Has every event sent here until it is released; while nobody holds it, only those that `types` names. */
  readonly hold: () => () => void;
  /** The events from a position on, when they are all here; else undefined: read the ledger. */
  readonly since: (position: number) => readonly RecordedEvent[] | undefined;
  /** Resolves true once everything before `position` was seen; false after `timeoutMs`, or when the signal aborts. */
  readonly reached: (position: number, timeoutMs: number, signal?: AbortSignal) => Promise<boolean>;
  readonly stop: () => Promise<void>;
};

export type LogTailOptions = {
  readonly bus: Bus;
  readonly ledger: LedgerPort;
  readonly log: Log;
  /** The events that are always wanted. */
  readonly types: readonly string[];
  /** Hears of every event that comes, in order, before anybody who waits for it: those of `types` at least. */
  readonly onEvents: (events: readonly Recorded[], to: number) => void;
  /** How many events stay in memory; default 256. */
  readonly kept?: number;
  /** How long to wait for news before the ledger is asked, in ms; default 1,000. */
  readonly pollMs?: number;
};

/**
 * One follower of the log for the whole process: who wants events takes them from here, and what is older from the ledger. Every event of a busy
 * log would cost this process a good part of its time, so they come only while somebody looks at them.
 */
export function logTail({ bus, ledger, log, types, onEvents, kept = 256, pollMs = 1_000 }: LogTailOptions): LogTail {
  let follower: Follower | undefined;
  let seenTo = 0;
  let recent: RecordedEvent[] = [];
  let holders = 0;
  let takesAll = false;
  let changing = Promise.resolve();
  const waiting = new Set<() => void>();

  function take(events: readonly Recorded[], to: number): void {
    onEvents(events, to);
    if (takesAll) keep(events);
    seenTo = to;
    for (const look of [...waiting]) look();
  }

  function keep(events: readonly Recorded[]): void {
    recent = [...recent, ...events.map(asRecordedEvent)].slice(-kept);
    for (const event of events) if (event.type === 'data.erased') forget(event);
  }

  /** What an erasure reaches is told in its erased form from now on; the ledger has no other. */
  function forget({ data }: Recorded): void {
    const said = auditLedgerEvents['data.erased'].data.safeParse(data);
    if (said.success) recent = recent.map((event) => (isReached(said.data, event) ? erasedForm(event) : event));
  }

  function start(): void {
    recent = [];
    takesAll = holders > 0;
    follower = followLog({
      ...{ bus, ledger, log, from: seenTo, pollMs },
      ...(takesAll ? {} : { types }),
      apply: async (events, { to }) => {
        take(events, to);
        return to;
      },
    });
  }

  /** Goes on from where it stands with all events, or with few, as the holders want it now. */
  function change(): void {
    changing = changing.then(async () => {
      if (!follower || takesAll === holders > 0) return;
      await follower.stop();
      start();
    });
  }

  return {
    follow: (from) => {
      seenTo = from;
      start();
    },
    hold: () => {
      if (++holders === 1) change();
      return () => {
        if (--holders === 0) change();
      };
    },
    since: (position) => {
      const first = seenTo - recent.length;
      return position >= first && position <= seenTo ? recent.slice(position - first) : undefined;
    },
    reached: (position, timeoutMs, signal) => {
      if (seenTo >= position) return Promise.resolve(true);
      if (!takesAll) follower?.look();
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
    stop: async () => {
      holders = takesAll ? 1 : 0;
      await changing;
      await follower?.stop();
    },
  };
}

/** What the follower delivers is what the ledger recorded, under a narrower type. */
const asRecordedEvent = (event: Recorded): RecordedEvent => event as unknown as RecordedEvent;
