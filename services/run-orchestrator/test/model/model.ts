import type { RunOrchestratorEvent } from '@causeway/contracts';
import type { Recorded } from '@causeway/eventing';
import {
  activeMs,
  becomes,
  isOver,
  kindOf,
  mayBeDone,
  mayFail,
  mayRepeat,
  reservedOf,
  type Known,
  type ModelApproval,
  type ModelRun,
  type ModelSession,
  type ModelStep,
} from './known.ts';
import { MAY_NOT_APPROVE } from './scene.ts';

type EventType = RunOrchestratorEvent['type'];
type DataOf<Type extends EventType> = Extract<RunOrchestratorEvent, { type: Type }>['data'];
type Rules = { readonly [Type in EventType]?: (data: DataOf<Type>, position: number) => void };

const OPEN = ['pending', 'granted'];
const isStepOpen = (state: ModelStep['state']): boolean => ['requested', 'started', 'held'].includes(state);

/**
 * What the service promises, told in the simplest way: it reads the log and says of each event whether it may be there. Written from the promises,
 * not from the code: it shares no function with the service.
 */
export function createModel() {
  const states: Known[] = [{ runs: {}, approvals: {}, sessions: {} }];
  const broken: string[] = [];
  let known: Known = states[0]!;
  let stream = '';
  /** What has to follow within the same append. */
  const due = new Map<string, string>();

  const check = (isKept: boolean, promise: string): void => void (isKept || broken.push(`${stream}: ${promise}`));
  const run = (): ModelRun | undefined => known.runs[stream];
  const approval = (): ModelApproval | undefined => known.approvals[stream];
  const setRun = (change: Partial<ModelRun>): void => {
    const before = run();
    if (before) known = { ...known, runs: { ...known.runs, [stream]: { ...before, ...change } } };
  };
  const setStep = (stepId: string, change: Partial<ModelStep>): void => {
    const before = run()?.steps[stepId];
    if (before) setRun({ steps: { ...run()!.steps, [stepId]: { ...before, ...change } } });
  };
  const settle = (state: ModelApproval['state'], from: readonly string[], by?: string): void => {
    const before = approval();
    check(before !== undefined && from.includes(before.state), `an approval that is ${before?.state} became ${state}`);
    if (!before) return;
    const next = { ...before, state, ...(by === undefined ? {} : { decision: { by, as: state } }) };
    known = { ...known, approvals: { ...known.approvals, [stream]: next } };
  };
  const setSession = (session: ModelSession): void => {
    known = { ...known, sessions: { ...known.sessions, [stream]: session } };
  };

  function decided(state: ModelApproval['state'], by: string, at: string): void {
    check(!MAY_NOT_APPROVE.includes(by), `${by} decided what they asked for`);
    check(at < (approval()?.expiresAt ?? ''), 'an approval was decided past its time');
    settle(state, ['pending'], by);
  }

  function stopClock(state: ModelRun['state'], { at, wallClockUsedMs }: { at: string; wallClockUsedMs: number }): void {
    const before = run();
    check(before !== undefined && !isOver(before), `a run that is ${before?.state} became ${state}`);
    if (!before) return;
    check(activeMs(before, at) === wallClockUsedMs, `the clock of the run says ${wallClockUsedMs} ms`);
    setRun({ state, usedMs: wallClockUsedMs });
  }

  function ended(state: ModelStep['state'], { stepId, attempt, at: _, ...rest }: Ended, position: number): void {
    const step = run()?.steps[stepId];
    check(step?.state === 'started' && step.attempt === attempt, `step ${stepId}, ${step?.state}, ended as ${state}`);
    setStep(stepId, { state, position, ...(rest.rejection ? { code: rest.rejection.code } : {}) });
  }

  function begun({ stepId, approvalId }: DataOf<'step.started'>, step: ModelStep | undefined): void {
    const isHeld = step?.state === 'held';
    check(isHeld || due.get(stepId) === 'started', `step ${stepId}, ${step?.state}, was started against the rules`);
    check(step?.approvalId === approvalId, `step ${stepId} started by approval ${approvalId}`);
    if (isHeld && approvalId !== undefined) due.set(approvalId, 'consumed');
    due.delete(stepId);
  }

  function started(data: DataOf<'step.started'>, position: number): void {
    const { stepId, attempt } = data;
    const before = run();
    const step = before?.steps[stepId];
    if (attempt === 1) begun(data, step);
    else check(before !== undefined && mayRepeat(before, stepId, attempt), `step ${stepId} was repeated`);
    setStep(stepId, { state: 'started', attempt, position });
  }

  const rules: Rules = {
    'session.opened': () => setSession({ isOpen: true }),
    'session.revoked': () => setSession({ ...known.sessions[stream]!, isOpen: false }),
    'session.occupied': ({ runId }) => {
      const session = known.sessions[stream];
      check(session?.isOpen === true && session.runId === undefined, 'a run began in a session that was not free');
      setSession({ ...session!, runId });
    },
    'session.released': ({ runId }) => {
      check(known.sessions[stream]?.runId === runId, 'a run released a session that it was not in');
      setSession({ ...known.sessions[stream]!, runId: undefined });
    },
    'run.started': ({ sessionId, budget, at }) => {
      check(run() === undefined, 'a run was started twice');
      const begun = { usedMs: 0, since: at, startedAt: at, heardAt: at, isClaimed: false, steps: {}, done: [] };
      const next: ModelRun = { runId: stream, sessionId, state: 'active', limit: budget.steps, used: 0, ...begun };
      known = { ...known, runs: { ...known.runs, [stream]: next } };
    },
    'run.heard': ({ at }) => setRun({ heardAt: at }),
    'run.claimed': ({ at }) => {
      check(run()?.state === 'active', 'a claim of a run that is not active was taken');
      setRun({ isClaimed: true, heardAt: at });
    },
    'claim.refused': () => setRun({ isClaimed: false }),
    'run.paused': ({ cause, deadlineAt, pauseId, ...clock }) => {
      check(run()?.state === 'active', 'a run that was not active was paused');
      stopClock('paused', clock);
      setRun({ cause, deadlineAt, done: pauseId === undefined ? run()!.done : [...run()!.done, pauseId] });
    },
    'run.resumed': ({ at, resumeId }) => {
      check(run()?.state === 'paused', 'a run that was not paused went on');
      const done = resumeId === undefined ? run()!.done : [...run()!.done, resumeId];
      setRun({ state: 'active', since: at, heardAt: at, done });
    },
    'run.done': (data) => {
      check(run()?.isClaimed === true && mayBeDone(run()!), 'a run was done without what its predicate asks for');
      stopClock('done', data);
    },
    'run.failed': (data) => {
      check(run() !== undefined && mayFail(run()!, data), `a run failed by ${data.code} before its time`);
      stopClock('failed', data);
    },
    'run.cancelled': (data) => stopClock('cancelled', data),
    'step.requested': ({ stepId, input, at }, position) => {
      const before = run();
      check(
        before?.state === 'active' && !(stepId in before.steps),
        `step ${stepId} was taken by a run that is not active, or twice`,
      );
      if (!before) return;
      due.set(stepId, becomes(before, stepId, at));
      const step: ModelStep = {
        content: String(input['url']),
        state: 'requested',
        attempt: 0,
        isReserved: false,
        position,
      };
      setRun({ steps: { ...before.steps, [stepId]: step } });
    },
    'policy.decided': ({ stepId, verdict }) =>
      check(kindOf(stepId).verdict === verdict, `policy said ${verdict} to ${stepId}`),
    'budget.reserved': ({ stepId, steps, at }) => {
      const { used, limit } = run()!;
      check(steps === 1 && used + reservedOf(run()!) < limit, `step ${stepId} was begun beyond the limit of ${limit}`);
      setStep(stepId, { isReserved: true });
      setRun({ heardAt: at });
    },
    'budget.settled': ({ stepId, steps, at }) => {
      check(
        run()?.steps[stepId]?.isReserved === true && steps === 1,
        `step ${stepId} was charged without being reserved`,
      );
      setStep(stepId, { isReserved: false });
      setRun({ used: run()!.used + steps, heardAt: at });
    },
    'budget.warned': () => undefined,
    'step.started': started,
    'step.held': ({ stepId, approvalId }, position) => {
      check(due.get(stepId) === 'held', `step ${stepId} was held against the rules`);
      due.delete(stepId);
      setStep(stepId, { state: 'held', approvalId, position });
    },
    'step.denied': ({ stepId, rejection: { code } }, position) => {
      const state = run()?.steps[stepId]?.state;
      check(state === 'held' || due.get(stepId) === code, `step ${stepId}, ${state}, was denied with ${code}`);
      due.delete(stepId);
      setStep(stepId, { state: 'denied', code, position });
    },
    'step.succeeded': (data, position) => ended('succeeded', data, position),
    'step.failed': (data, position) => ended('failed', data, position),
    'step.unknown': (data, position) => ended('unknown', data, position),
    'approval.requested': ({ content: { runId, stepId, statement, expiresAt }, digest }) => {
      check(approval() === undefined, 'an approval was asked for twice');
      const next: ModelApproval = { state: 'pending', runId, stepId: stepId!, digest, statement, expiresAt };
      known = { ...known, approvals: { ...known.approvals, [stream]: next } };
    },
    'approval.granted': ({ grantedBy, at, digest }) => {
      check(approval()?.digest === digest, 'an approval was granted for another digest');
      decided('granted', grantedBy, at);
    },
    'approval.denied': ({ deniedBy, at }) => decided('denied', deniedBy, at),
    'approval.returned': ({ returnedBy, at }) => decided('returned', returnedBy, at),
    'approval.expired': ({ at }) => {
      check(at >= (approval()?.expiresAt ?? ''), 'an approval expired before its time');
      settle('expired', OPEN);
    },
    'approval.withdrawn': () => settle('withdrawn', OPEN),
    'approval.consumed': ({ runId, stepId, digest, at }) => {
      const is = approval();
      check(due.get(stream) === 'consumed', 'an approval was consumed and no step started');
      check(
        is?.runId === runId && is.stepId === stepId && is.digest === digest,
        'an approval was used for another step',
      );
      check(at < (is?.expiresAt ?? ''), 'an approval was used past its time');
      due.delete(stream);
      settle('consumed', ['granted']);
    },
  };

  /** What holds between any two appends. */
  function rest(): void {
    for (const [what, is] of due) check(false, `${what} should have become ${is} in the same append`);
    due.clear();
    for (const one of Object.values(known.runs)) {
      stream = one.runId;
      const steps = Object.values(one.steps);
      check(one.used + reservedOf(one) <= one.limit, 'the budget was overshot');
      check(
        steps.every(({ state, isReserved }) => (state === 'started') === isReserved),
        'what runs is not what is reserved',
      );
      const held = steps.filter(({ state }) => state === 'held').length;
      check(held === (one.state === 'paused' && one.cause === 'approval' ? 1 : 0), `${held} steps wait for a person`);
      check((known.sessions[one.sessionId]?.runId === one.runId) === !isOver(one), 'run and session do not agree');
    }
  }

  return {
    /** What was known after so many events. */
    states,
    /** Every promise that was seen broken. */
    broken,
    /** Whether every step has its fate and every approval its end. */
    isAtRest: (): boolean =>
      Object.values(known.runs).every(({ steps }) => Object.values(steps).every(({ state }) => !isStepOpen(state))) &&
      Object.values(known.approvals).every(({ state }) => !OPEN.includes(state)),
    /** Takes the events of one append. */
    follow: (events: readonly Recorded[]): void => {
      for (const event of events) {
        stream = event.stream;
        const rule = rules[event.type as EventType] as ((data: unknown, position: number) => void) | undefined;
        check(rule !== undefined || event.type.startsWith('egress.'), `${event.type} was not expected`);
        rule?.(event.data, event.position);
        states.push(known);
      }
      rest();
      states[states.length - 1] = known;
    },
  };
}
export type Model = ReturnType<typeof createModel>;

type Ended = { stepId: string; attempt: number; at: string; rejection?: { code: string } };
