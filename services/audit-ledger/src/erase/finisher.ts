import { subjectOf } from '@causeway/contracts';
import type { Log, StreamCopies } from '@causeway/messaging';
import type { Pool } from '@causeway/postgres';
import { deleteErased, keepFinished, reachedBy, unfinishedErasures } from './erasures.queries.ts';

export type Finisher = {
  /** Finishes what is unfinished, from now on. */
  readonly begin: () => void;
  readonly pause: () => void;
  /** Looks at once whether there is something to finish. */
  readonly wake: () => void;
  readonly stop: () => Promise<void>;
};

export type FinisherOptions = {
  readonly pool: Pool;
  readonly log: Log;
  readonly copies: StreamCopies;
  /** First position not yet published; undefined while that is not known. */
  readonly publishedTo: () => number | undefined;
  /** Drops what waits in memory to be published. */
  readonly forget: () => void;
  /** How long to wait before an erasure is tried again, in ms; default 250. */
  readonly retryMs?: number;
};

/**
 * Carries sealed erasures to their end: the data beside the leaves, then the copies in JetStream. Each step may be done again, so a crash or an
 * outage delays an erasure and never loses it. Copies are looked for only once the erasure itself is published: everything that it reaches was
 * published before it, so no copy of that comes later.
 */
export function erasureFinisher({ pool, log, copies, publishedTo, forget, retryMs = 250 }: FinisherOptions): Finisher {
  let turn = 0;
  let running = Promise.resolve();
  let rest: { readonly end: () => void } | undefined;
  let failing = false;
  /** What was sealed while the list of unfinished ones was already read would else wait for the next erasure. */
  let isWoken = false;

  async function removeCopies(position: number): Promise<void> {
    const bySubject = Map.groupBy(await reachedBy(pool, position), ({ type, scope }) =>
      subjectOf({ kind: 'audit', type, scope }),
    );
    for (const [subject, reached] of bySubject)
      await copies.remove(subject, new Set(reached.map((event) => event.position)));
  }

  /** Whether there is nothing left to do. */
  async function finishAll(): Promise<boolean> {
    const positions = await unfinishedErasures(pool);
    for (const position of positions) await deleteErased(pool, position);
    if (positions.length > 0) forget();
    const published = positions.filter((position) => position < (publishedTo() ?? 0));
    for (const position of published) {
      await removeCopies(position);
      await keepFinished(pool, position);
      log.info({ position }, 'an erasure is finished');
    }
    failing = false;
    return published.length === positions.length;
  }

  async function tryAll(): Promise<boolean> {
    try {
      return await finishAll();
    } catch (error) {
      if (!failing) log.warn({ err: error }, 'an erasure could not be finished; trying again');
      failing = true;
      return false;
    }
  }

  /** Waits for {@link Finisher.wake}, and not for ever while something is left to do. */
  function pauseFor(isDone: boolean): Promise<void> {
    return new Promise((resolve) => {
      const timer = isDone ? undefined : setTimeout(() => rest?.end(), retryMs);
      rest = {
        end: () => {
          clearTimeout(timer);
          rest = undefined;
          resolve();
        },
      };
    });
  }

  async function run(mine: number): Promise<void> {
    while (turn === mine) {
      isWoken = false;
      const isDone = await tryAll();
      if (turn === mine && !isWoken) await pauseFor(isDone);
    }
  }

  function end(): void {
    turn++;
    rest?.end();
  }

  return {
    begin: () => {
      end();
      const mine = turn;
      running = running.then(() => run(mine));
    },
    pause: end,
    wake: () => {
      isWoken = true;
      rest?.end();
    },
    stop: async () => {
      end();
      await running;
    },
  };
}
