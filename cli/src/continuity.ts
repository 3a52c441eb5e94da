import type { RecordedEvent } from '@causeway/contracts';

export type Continuity = {
  /** Whether the event is the next one; false for one that was seen before. Tells of gaps and of a chain that does not hold. */
  readonly next: (event: Pick<RecordedEvent, 'position' | 'chain' | 'previousChain'>) => boolean;
  /** Hears where the log ends; tells when that is before what was seen. */
  readonly shorter: (nextPosition: number) => void;
  readonly broken: () => boolean;
};

/** Watches that a stream of events follows one another: every position once, each event naming the chain value of the one before. */
export function continuity(tell: (message: string) => void): Continuity {
  let expected: number | undefined;
  let chain: string | undefined;
  let broken = false;
  const complain = (message: string) => {
    broken = true;
    tell(`!! ${message}`);
  };
  return {
    broken: () => broken,
    shorter: (nextPosition) => {
      if (expected === undefined || nextPosition >= expected) return;
      complain(
        `the log ends before position ${nextPosition}, and went up to ${expected - 1} before: it was cut or restored from a copy`,
      );
      expected = nextPosition;
      chain = undefined;
    },
    next: (event) => {
      if (expected !== undefined && event.position < expected) return false;
      if (expected !== undefined && event.position > expected)
        complain(`positions ${expected} to ${event.position - 1} did not come`);
      else if (chain !== undefined && event.previousChain !== chain)
        complain(`position ${event.position} does not follow from the event before it`);
      expected = event.position + 1;
      chain = event.chain;
      return true;
    },
  };
}
