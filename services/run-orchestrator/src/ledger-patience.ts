import { setTimeout as sleep } from 'node:timers/promises';
import { isRetryable } from '@causeway/contracts';
import { rejectionOf } from '@causeway/messaging';

export type Patience = {
  /** How long it is tried, in ms. */
  readonly withinMs: number;
  /** Never goes back; in ms. Default: the process's clock. */
  readonly elapsedMs?: () => number;
  /** Waits so many ms. */
  readonly pause?: (ms: number) => Promise<unknown>;
};

/** A machine on which everything starts at once is slow, and a start that gave up would be an outage of its own. */
export const FOR_A_START = { withinMs: 60_000 } as const;
/** What happened, happened: it is told again for some time. */
export const FOR_A_FACT = { withinMs: 30_000 } as const;

const PAUSE_MS = 200;

/**
 * Does what needs the ledger, again and again while that is out of reach. The work must be such that it may be done twice. Throws what it threw
 * last; at once what trying again does not heal.
 */
export async function patiently<T>(work: () => Promise<T>, patience: Patience): Promise<T> {
  const { withinMs, elapsedMs = () => performance.now(), pause = sleep } = patience;
  const end = elapsedMs() + withinMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const rejection = rejectionOf(error);
      if (!rejection || !isRetryable(rejection.code) || elapsedMs() >= end) throw error;
      await pause(PAUSE_MS);
    }
  }
}
