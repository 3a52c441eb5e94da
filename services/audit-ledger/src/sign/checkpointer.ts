import type { Log } from '@causeway/messaging';
import { SigningRefused } from './signer.ts';

export type CheckpointerOptions = {
  /** Signs the tree of this size and keeps the checkpoint. */
  readonly sign: (size: number) => Promise<void>;
  /** What has to succeed once in a term before anything is signed. */
  readonly prepare: () => Promise<void>;
  /** Called when the signer refuses. */
  readonly onRefused: () => void;
  readonly log: Log;
  /** How often a changed log is signed, in ms; default 1,000. */
  readonly everyMs?: number;
  /** Number of new events that are not left waiting so long; default 1,024. */
  readonly everyEvents?: number;
  /** Least time between two checkpoints that nobody asked for, in ms; default 200: each costs two flushes to disk. */
  readonly restMs?: number;
};

/** Signs checkpoints while this replica writes: in time, for many events, and when asked. */
export type Checkpointer = {
  /** Signs from now on; resolves after the first attempt to prepare. */
  readonly begin: (size: number) => Promise<void>;
  readonly pause: () => void;
  /** The log has this many events now. Costs nothing. */
  readonly committed: (size: number) => void;
  /** Signs a tree of at least this size, as soon as possible. False when this replica cannot. */
  readonly demand: (size: number) => Promise<boolean>;
  readonly isActive: () => boolean;
  readonly stop: () => Promise<void>;
};

export function createCheckpointer(options: CheckpointerOptions): Checkpointer {
  const { sign, prepare, onRefused, log, everyMs = 1_000, everyEvents = 1_024, restMs = 200 } = options;
  let term = 0;
  let active = false;
  let prepared = false;
  let failing = false;
  let size = 0;
  let signed = 0;
  let signedAt = -Infinity;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;

  async function signNow(): Promise<void> {
    const mine = term;
    try {
      if (!prepared) await prepare();
      if (term !== mine) return;
      prepared = true;
      const to = size;
      if (to > signed) await sign(to);
      if (term !== mine) return;
      signed = to;
      if (failing) log.info({ size: signed }, 'checkpoints are signed again');
      failing = false;
    } catch (error) {
      if (!failing) log.warn({ err: error, size }, 'no checkpoint could be signed; appends go on');
      failing = true;
      if (error instanceof SigningRefused && error.code !== 'OUTRUN') onRefused();
    }
    signedAt = performance.now();
  }

  /** One at a time: whoever asks meanwhile waits for the next one, which has their events. */
  function run(): Promise<void> {
    running ??= signNow().finally(() => {
      running = undefined;
      plan();
    });
    return running;
  }

  function plan(): void {
    clearTimeout(timer);
    if (!active) return;
    const isDue = !failing && size - signed >= everyEvents;
    const restedMs = performance.now() - signedAt;
    timer = setTimeout(tick, isDue ? Math.max(0, restMs - restedMs) : everyMs);
  }

  function tick(): void {
    if (active && size > signed) void run();
    else plan();
  }

  return {
    begin: async (now) => {
      term++;
      active = true;
      prepared = false;
      failing = false;
      size = now;
      signed = 0;
      await running;
      await run();
    },
    pause: () => {
      term++;
      active = false;
      clearTimeout(timer);
    },
    committed: (now) => {
      const wasDue = size - signed >= everyEvents;
      size = Math.max(size, now);
      if (active && !running && !wasDue && size - signed >= everyEvents) plan();
    },
    demand: async (wanted) => {
      const mine = term;
      for (let attempt = 0; attempt < 3 && active && term === mine && signed < wanted; attempt++) {
        await running;
        if (size >= wanted && signed < wanted) await run();
      }
      return active && term === mine && signed >= wanted;
    },
    isActive: () => active,
    stop: async () => {
      term++;
      active = false;
      clearTimeout(timer);
      await running;
    },
  };
}
