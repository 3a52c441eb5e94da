import { fromCloudEvent, type CloudEvent } from '@causeway/contracts';
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
   * The only event types that are wanted. A follower of few types is not sent the rest: a message of one of them is the sign to ask the ledger
   * what is new among them. Left out, all events come, and live ones are taken as they are.
   */
  readonly types?: readonly string[];
  /**
   * Takes all events of a range of positions, in order. Returns the position to go on from, which is another than the range's end when the
   * taker's own cursor stands elsewhere. Thrown: delivered again after a pause.
   */
  readonly apply: (events: readonly Recorded[], range: { from: number; to: number }) => Promise<number>;
  readonly log: Log;
  /** How long to wait for news before asking the ledger, in ms; default 1,000. */
  readonly pollMs?: number;
  /**
   * Least time between two batches of live events, in ms; default 50. A single event after a quiet time is taken at once; under load what comes
   * in this time is taken together, which costs one transaction in place of many.
   */
  readonly intervalMs?: number;
};

export type Follower = {
  readonly stop: () => Promise<void>;
  readonly position: () => number;
  /** Asks the ledger for what is new, without waiting for a sign. */
  readonly look: () => void;
};

const PAGE = 500;
const MAX_BUFFERED = 20_000;
const decoder = new TextDecoder();

/**
 * Follows the log: live events from `audit.>` as long as they come without a gap, the ledger itself for everything else. The bus may lose,
 * repeat or delay; order and completeness come from the positions alone.
 */
export function followLog(options: FollowOptions): Follower {
  const { bus, ledger, apply, log, types, pollMs = 1_000, intervalMs = 50 } = options;
  let lastTakenMs = -Infinity;
  let next = options.from;
  let stopped = false;
  let hasRead = false;
  let mustRead = true;
  let live: Recorded[] = [];
  let wake: (() => void) | undefined;

  function take(bytes: Uint8Array): void {
    if (!hasRead) return;
    if (live.length >= MAX_BUFFERED) live = [];
    live.push(toRecorded(fromCloudEvent(JSON.parse(decoder.decode(bytes)) as CloudEvent)));
    wake?.();
  }

  function takeSign(): void {
    mustRead = true;
    wake?.();
  }

  const subscriptions = types
    ? types.map((type) => bus.subscribe(`audit.${type}.*`, takeSign))
    : [bus.subscribe('audit.>', take)];

  /** Resolves true when nothing came in time, so that the ledger has to be asked. */
  const silence = (): Promise<boolean> =>
    new Promise((resolve) => {
      const end = (isSilent: boolean) => {
        clearTimeout(timer);
        wake = undefined;
        resolve(isSilent);
      };
      const timer = setTimeout(end, pollMs, true);
      wake = () => end(false);
    });

  /** The live events that follow `next` without a gap; a gap means that the ledger has to be asked. */
  function takeLive(): Recorded[] {
    const taken: Recorded[] = [];
    const waiting = live;
    live = [];
    for (const event of waiting) {
      const wanted = next + taken.length;
      if (event.position === wanted) taken.push(event);
      else if (event.position > wanted) mustRead = true;
    }
    return taken;
  }

  async function readPage(): Promise<boolean> {
    const page = await ledger.readAll({ fromPosition: next, limit: PAGE, ...(types ? { types } : {}) });
    if (page.scannedTo > next) next = await apply(page.events, { from: next, to: page.scannedTo });
    return next >= page.nextPosition;
  }

  async function readToEnd(): Promise<void> {
    lastTakenMs = performance.now();
    while (!stopped && !(await readPage()));
  }

  /** Lets what comes in a short time come together. A gap among live events is not waited with: the ledger has what is missing. */
  async function restBetweenBatches(): Promise<void> {
    const isDue = types ? mustRead : live.length > 0 && !mustRead;
    const restMs = isDue ? lastTakenMs + intervalMs - performance.now() : 0;
    if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
  }

  async function turn(): Promise<void> {
    await restBetweenBatches();
    const taken = takeLive();
    if (taken.length > 0) {
      lastTakenMs = performance.now();
      const to = next + taken.length;
      next = await apply(taken, { from: next, to });
      mustRead ||= next !== to;
    } else if (mustRead) {
      hasRead = true;
      mustRead = false;
      await readToEnd();
    } else {
      mustRead = (await silence()) || mustRead;
    }
  }

  async function run(): Promise<void> {
    while (!stopped) {
      try {
        await turn();
      } catch (error) {
        log.warn({ err: error, position: next }, 'the log could not be followed; trying again');
        mustRead = true;
        await new Promise((resolve) => setTimeout(resolve, Math.min(pollMs, 500)));
      }
    }
  }

  const running = run();
  return {
    position: () => next,
    look: takeSign,
    stop: async () => {
      stopped = true;
      for (const subscription of subscriptions) subscription.unsubscribe();
      wake?.();
      await running;
    },
  };
}
