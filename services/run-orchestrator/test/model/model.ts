import type { RunOrchestratorEvent } from '@causeway/contracts';
import type { Recorded } from '@causeway/eventing';
import { createJournal, type Rules } from './journal.ts';
import {
  currentOf,
  hasEnded,
  isStepOpen,
  limitOf,
  reservedOf,
  waitsForApproval,
  type Known,
  type ModelPool,
  type ModelRun,
} from './known.ts';
import { approvalRules } from './rules/approvals.ts';
import { killRules } from './rules/kills.ts';
import { poolRules } from './rules/pools.ts';
import { runRules } from './rules/runs.ts';
import { scheduleRules } from './rules/schedules.ts';
import { stepRules } from './rules/steps.ts';
import type { Terms } from './scene.ts';

const OPEN = ['pending', 'granted'];
const total = (shares: { readonly [id: string]: { readonly steps: number } }): number =>
  Object.values(shares).reduce((sum, { steps }) => sum + steps, 0);

/**
 * What the service promises, told in the simplest way: it reads the log and says of each event whether it may be there. Written from the promises,
 * not from the code: it shares no function with the service.
 */
export function createModel(terms: Terms) {
  const journal = createJournal();
  const { at, broken, due, check } = journal;
  const rules: Rules = {
    ...{ ...runRules(journal), ...stepRules(journal), ...approvalRules(journal, terms) },
    ...{ ...killRules(journal), ...poolRules(journal), ...scheduleRules(journal) },
  };
  const states: Known[] = [at.known];
  const times: string[] = [''];

  /** What holds between any two appends. */
  function rest(): void {
    for (const [what, is] of due) check(false, `${what} should have become ${is} in the same append`);
    due.clear();
    for (const run of Object.values(at.known.runs)) restOf(run);
    for (const [poolId, pool] of Object.entries(at.known.pools)) restOfPool(poolId, pool);
  }

  function restOf(run: ModelRun): void {
    at.stream = run.runId;
    const steps = Object.values(run.steps);
    const taken = run.used + reservedOf(run);
    check(taken <= limitOf(run), 'the budget was overshot');
    check(!run.isPooled || taken <= total(run.shares), 'more was taken than the pools gave');
    const isCounted = steps.every(({ state, isReserved }) => (state === 'started') === isReserved);
    check(isCounted, 'what runs is not what is reserved');
    const held = steps.filter(({ state }) => state === 'held').length;
    const mayWait = waitsForApproval(run) && run.waitsForTime === undefined;
    check(held === (mayWait ? 1 : 0), `${held} steps wait for a person`);
    check((at.known.sessions[run.sessionId]?.runId === run.runId) === !hasEnded(run), 'run and session do not agree');
    const current = currentOf(run);
    const isOfCurrent = steps.every((step) => !isStepOpen(step) || step.subgoalId === current?.subgoalId);
    check(current === undefined || isOfCurrent, 'a step under way is of another subgoal');
  }

  function restOfPool(poolId: string, { limit, extended, given, holders, shares, level }: ModelPool): void {
    at.stream = poolId;
    check(given <= limit + extended, 'a pool gave more than it may');
    check(given === total(holders), 'a pool gave what nobody has');
    const isNested = Object.keys(shares).length > 0;
    check(!isNested || given <= total(shares), `the pool of a ${level} gave more than it has of the one above`);
    const { runs, pools } = at.known;
    const isTold = Object.entries(holders).every(
      ([holder, { steps }]) => (runs[holder] ?? pools[holder])?.shares[poolId]?.steps === steps,
    );
    check(isTold, 'a pool and its holders do not agree');
  }

  return {
    /** What was known after so many events, and when the last of them was sealed. */
    states,
    times,
    /** Every promise that was seen broken. */
    broken,
    /** Whether every step has its fate and every approval its end. */
    isAtRest: (): boolean =>
      Object.values(at.known.runs).every(({ steps }) => Object.values(steps).every((step) => !isStepOpen(step))) &&
      Object.values(at.known.approvals).every(({ state }) => !OPEN.includes(state)),
    /** Whether every run is over and has given back what it does not need, and every schedule knows. */
    isOver: (): boolean =>
      Object.values(at.known.runs).every((run) => hasEnded(run) && (!run.isPooled || total(run.shares) === run.used)) &&
      Object.values(at.known.schedules).every(
        ({ phase, open, nextAt, queued }) =>
          open.length === 0 && (phase !== 'active' || (nextAt ?? queued) === undefined),
      ),
    /** Takes the events of one append, sealed at this time. */
    follow: (events: readonly Recorded[], now: string): void => {
      for (const event of events) {
        at.stream = event.stream;
        const type = event.type as RunOrchestratorEvent['type'];
        const rule = rules[type] as ((data: unknown, position: number) => void) | undefined;
        check(rule !== undefined || type.startsWith('egress.'), `${type} was not expected`);
        rule?.(event.data, event.position);
        states.push(at.known);
        times.push(now);
      }
      rest();
      states[states.length - 1] = at.known;
    },
  };
}
export type Model = ReturnType<typeof createModel>;
