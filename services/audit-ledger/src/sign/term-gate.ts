import type { Log } from '@causeway/messaging';
import type { Term } from '../append/leadership.ts';
import { SigningRefused } from './signer.ts';

export type TermGateOptions = {
  /** Throws SigningRefused when the log in the database must not be written. */
  readonly check: () => Promise<void>;
  /** Called when a term may be used; may take its time. */
  readonly begin: (term: Term) => Promise<void>;
  readonly log: Log;
  /** How often a refused term is looked at again, in ms; default 2,000. */
  readonly recheckMs?: number;
};

/** Stands between leading and writing: a replica that leads writes only a log that goes on from what was signed. */
export type TermGate = {
  readonly open: (term: Term) => void;
  /** The term is over, or this replica never led. */
  readonly close: () => void;
  /** Looks again at the log in the term that is under way. */
  readonly lookAgain: () => void;
  /** Why nothing is written; undefined while nothing is known to be wrong. */
  readonly refusal: () => string | undefined;
  /** Whether this replica leads and does not write all the same. */
  readonly isBlocked: () => boolean;
  /** Resolves when it is decided whether this replica writes; undefined when it is. */
  readonly opening: () => Promise<void> | undefined;
};

export function termGate({ check, begin, log, recheckMs = 2_000 }: TermGateOptions): TermGate {
  let current: Term | undefined;
  let begun: Term | undefined;
  let refusal: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let underWay = Promise.resolve();
  let decide = (): void => {};
  const firstDecision = new Promise<void>((resolve) => {
    decide = resolve;
  });
  let opening: Promise<void> | undefined = firstDecision;

  async function attempt(term: Term): Promise<void> {
    if (current !== term) return;
    try {
      await check();
      if (current !== term) return;
      if (refusal !== undefined) log.info({}, 'the log goes on from what was signed; it is written again');
      refusal = undefined;
      if (begun === term) return;
      begun = term;
      await begin(term);
    } catch (error) {
      refuse(term, error);
    }
  }

  function refuse(term: Term, error: unknown): void {
    if (current !== term) return;
    const why = error instanceof Error ? error.message : String(error);
    const isCertain = error instanceof SigningRefused && error.code !== 'OUTRUN';
    if (isCertain && refusal !== why) log.error({ err: error }, `the log is not written: ${why}`);
    if (!isCertain) log.warn({ err: error }, 'whether the log goes on from what was signed cannot be told yet');
    if (isCertain) refusal = why;
    timer = setTimeout(() => void look(term), recheckMs);
  }

  function look(term: Term): Promise<void> {
    clearTimeout(timer);
    underWay = underWay.then(() => attempt(term));
    return underWay;
  }

  function decidedBy(work: Promise<void>): void {
    opening = work.then(() => {
      decide();
      if (opening === mine) opening = undefined;
    });
    const mine = opening;
  }

  return {
    open: (term) => {
      current = term;
      decidedBy(look(term));
    },
    close: () => {
      clearTimeout(timer);
      current = undefined;
      decide();
      opening = undefined;
    },
    lookAgain: () => {
      if (current) void look(current);
    },
    refusal: () => refusal,
    isBlocked: () => current !== undefined && (begun !== current || refusal !== undefined),
    opening: () => opening,
  };
}
