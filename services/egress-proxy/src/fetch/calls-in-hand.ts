import type { StepGrant } from '@causeway/contracts';

/** What is to be stopped: every call whose grant has all of these, and every call when there is nothing to have. */
export type Stopping = Partial<Pick<StepGrant, 'sessionId' | 'agentId' | 'runId' | 'stepId'>>;

export type CallInHand = {
  /** Aborted, with the reason in words, once the call is to be stopped. */
  readonly signal: AbortSignal;
  readonly leave: () => void;
};

export type CallsInHand = {
  readonly enter: (grant: StepGrant) => CallInHand;
  /**
   * Stops the calls in hand that this names. One that is over for good (a run, a session, a step) is remembered, so that a call of it that
   * comes late is stopped as it begins; an agent may be let loose again, and is not remembered.
   */
  readonly stop: (what: Stopping, why: string) => void;
};

type Entry = { readonly grant: StepGrant; readonly controller: AbortController };
type Stopped = { readonly what: Stopping; readonly why: string };

/** How many stopped runs, sessions and steps are remembered: a grant that comes later than this many stops is past its deadline. */
const REMEMBERED = 10_000;

/** The calls that are being made, by what can stop them. */
export function callsInHand(): CallsInHand {
  const entries = new Set<Entry>();
  const over = new Map<string, Stopped>();

  function remember(what: Stopping, why: string): void {
    if (what.runId === undefined && what.sessionId === undefined) return;
    const key = keyOf(what);
    over.delete(key);
    over.set(key, { what, why });
    const [oldest] = over.keys();
    if (over.size > REMEMBERED && oldest !== undefined) over.delete(oldest);
  }

  const stoppedBefore = ({ runId, sessionId, stepId }: StepGrant): Stopped | undefined =>
    over.get(keyOf({ runId })) ?? over.get(keyOf({ sessionId })) ?? over.get(keyOf({ runId, stepId }));

  return {
    enter: (grant) => {
      const entry: Entry = { grant, controller: new AbortController() };
      entries.add(entry);
      const before = stoppedBefore(grant);
      if (before) entry.controller.abort(before.why);
      return { signal: entry.controller.signal, leave: () => void entries.delete(entry) };
    },
    stop: (what, why) => {
      remember(what, why);
      for (const { grant, controller } of entries) if (isMeant(grant, what)) controller.abort(why);
    },
  };
}

const keyOf = ({ runId = '', sessionId = '', stepId = '' }: Stopping): string => `${runId}/${sessionId}/${stepId}`;

const isMeant = (grant: StepGrant, what: Stopping): boolean =>
  Object.entries(what).every(([name, value]) => grant[name as keyof Stopping] === value);
