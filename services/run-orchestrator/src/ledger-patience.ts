import { setTimeout as sleep } from 'node:timers/promises';
import type { ErrorCode } from '@causeway/contracts';
import { rejectionOf } from '@causeway/messaging';

/** `elapsedMs` never goes back; `pause` waits so many ms. */
export type Patience = {
  readonly elapsedMs: () => number;
  readonly pause?: (ms: number) => Promise<unknown>;
};

/** As long as a start waits for the ledger's answers elsewhere. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 250;
const MAY_PASS: readonly (ErrorCode | undefined)[] = ['LEDGER_UNAVAILABLE', 'LEDGER_BUSY', 'LEDGER_NOT_LEADER'];

/**
 * Does what needs the ledger, again and again while that is out of reach, for 60 s: a machine on which everything starts at once is slow, and a start
 * that gave up would be an outage of its own. The work must be such that it may be done twice. Throws what it threw last; anything else at once.
 */
export async function patiently<T>(work: () => Promise<T>, { elapsedMs, pause = sleep }: Patience): Promise<T> {
  const end = elapsedMs() + PATIENCE_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!MAY_PASS.includes(rejectionOf(error)?.code) || elapsedMs() >= end) throw error;
      await pause(PAUSE_MS);
    }
  }
}
