import { CloudEvent, fromCloudEvent } from '@causeway/contracts';
import type { LedgerPort, Recorded } from '@causeway/eventing';
import type { Bus } from './bus.ts';
import { toRecorded } from './ledger-client.ts';
import type { Log } from './log.ts';

export type FollowOptions = {
  readonly bus: Bus;
  readonly ledger: LedgerPort;
  /** First position to deliver. */
  readonly from: number;
  /**
   * Takes all events of a range of positions, in order. Returns the position to go on from, which is another than the range's end when the
   * taker's own cursor stands elsewhere. Thrown: delivered again after a pause.
   */
  readonly apply: (events: readonly Recorded[], range: { from: number; to: number }) => Promise<number>;
  readonly log: Log;
  /** How long to wait for news before asking the ledger, in ms; default 1,000. */
  readonly pollMs?: number;
};

export type Follower = { readonly stop: () => Promise<void>; readonly position: () => number };

const PAGE = 500;
const MAX_BUFFERED = 20_000;
const decoder = new TextDecoder();

/**
 * Follows the log: live events from `audit.>` as long as they come without a gap, the ledger itself for everything else. The bus may lose,
 * repeat or delay; order and completeness come from the positions alone.
 */
export function followLog(options: FollowOptions): Follower {
  const { bus, ledger, apply, log, pollMs = 1_000 } = options;
  let next = options.from;
  let stopped = false;
  let caughtUp = false;
  let live: Recorded[] = [];
  let wake: (() => void) | undefined;

  const subscription = bus.subscribe('audit.>', (bytes) => {
    if (!caughtUp) return;
    if (live.length >= MAX_BUFFERED) live = [];
    live.push(toRecorded(fromCloudEvent(JSON.parse(decoder.decode(bytes)) as CloudEvent)));
    wake?.();
  });

  const news = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(done, pollMs);
      function done() {
        clearTimeout(timer);
        wake = undefined;
        resolve();
      }
      wake = done;
    });

  /** The live events that follow `next` without a gap. */
  function takeLive(): Recorded[] {
    const taken: Recorded[] = [];
    const waiting = live;
    live = [];
    for (const event of waiting) if (event.position === next + taken.length) taken.push(event);
    return taken;
  }

  async function readPage(): Promise<boolean> {
    const page = await ledger.readAll({ fromPosition: next, limit: PAGE });
    if (page.scannedTo > next) next = await apply(page.events, { from: next, to: page.scannedTo });
    return next >= page.nextPosition;
  }

  async function turn(): Promise<void> {
    const taken = takeLive();
    if (taken.length > 0) {
      next = await apply(taken, { from: next, to: next + taken.length });
      return;
    }
    caughtUp = true;
    while (!stopped && !(await readPage()));
    if (live.length === 0 && !stopped) await news();
  }

  async function run(): Promise<void> {
    while (!stopped) {
      try {
        await turn();
      } catch (error) {
        log.warn({ err: error, position: next }, 'the log could not be followed; trying again');
        await new Promise((resolve) => setTimeout(resolve, Math.min(pollMs, 500)));
      }
    }
  }

  const running = run();
  return {
    position: () => next,
    stop: async () => {
      stopped = true;
      subscription.unsubscribe();
      wake?.();
      await running;
    },
  };
}
