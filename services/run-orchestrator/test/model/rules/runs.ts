import type { DataOf, Journal, Rules } from '../journal.ts';
import {
  activeMs,
  currentOf,
  hasEnded,
  isNoted,
  isOver,
  isShown,
  isSubgoalShown,
  mayFail,
  waitsForApproval,
  waitsForPerson,
  type ModelRun,
  type ModelSubgoal,
} from '../known.ts';
import { JUDGED_BY, RUNS } from '../scene.ts';

type Clock = { at: string; wallClockUsedMs: number };

const queued = ({
  subgoalId,
  goal,
  budget,
}: {
  subgoalId: string;
  goal: string;
  budget?: { steps: number } | undefined;
}) => ({ subgoalId, goal, limit: budget?.steps, state: 'queued', used: 0 }) satisfies ModelSubgoal;

/** A run's life: where it moves, what it waits for, what ends it; and the session that it is in. */
export function runRules({ at, check, due, isDue, get, put, change, run, setRun }: Journal): Rules {
  function stopClock(state: ModelRun['state'], { at: now, wallClockUsedMs }: Clock): void {
    const before = run();
    const mayBe = before !== undefined && !hasEnded(before) && (state === 'cancelled' || before.state !== 'scheduled');
    check(mayBe, `a run that is ${before?.state} became ${state}`);
    if (!before) return;
    check(activeMs(before, now) === wallClockUsedMs, `the clock of the run says ${wallClockUsedMs} ms`);
    setRun({ state, usedMs: wallClockUsedMs });
    if (state !== 'paused') due.delete(`end of ${at.stream}`);
  }

  function started(data: DataOf<'run.started'>): void {
    const {
      sessionId,
      agentId,
      budget,
      onLimit = {},
      pooled,
      subgoals,
      segmentSteps,
      startsAt,
      schedule,
      at: now,
    } = data;
    check(run() === undefined, 'a run was started twice');
    const index = RUNS.indexOf(at.stream);
    const life = { usedMs: 0, since: now, startedAt: now, heardAt: now, isClaimed: false };
    const asksFor = Object.entries(onLimit).flatMap(([meter, what]) => (what === 'ask' ? [meter] : []));
    const budgeted = { asksFor, limit: budget.steps, extended: {}, extensions: [], used: 0 };
    const parts = { done: {}, signals: [], notes: {}, steps: {}, shares: {}, isPooled: (pooled ?? []).length > 0 };
    put('runs', {
      ...{ runId: at.stream, sessionId, agentId, judgedBy: JUDGED_BY[index] ?? 'fresh-read', schedule, startsAt },
      ...{ state: startsAt === undefined ? 'active' : 'scheduled', ...life, ...budgeted, ...parts },
      ...{
        subgoals: subgoals?.map(queued),
        segment: segmentSteps === undefined ? undefined : { limit: segmentSteps, used: 0 },
      },
    });
    if (schedule) check(isDue(`start of ${at.stream}`, schedule.occurrence), 'a run of a schedule began by itself');
  }

  function paused(data: DataOf<'run.paused'>): void {
    const { cause, deadlineAt, pauseId, approvalId, waitsFor, resumeAt } = data;
    const before = run()!;
    check(before.state === 'active', 'a run that was not active was paused');
    check(
      before.signals.every(({ name }) => name !== waitsFor),
      `a run waits for ${waitsFor}, which has come`,
    );
    const isAfterOne = cause !== 'checkpoint' || isDue(`pause of ${at.stream}`, 'checkpoint');
    check(isAfterOne, 'a run paused at a checkpoint that it did not make');
    stopClock('paused', data);
    const waitsForTime = cause === 'budget' ? approvalId : undefined;
    setRun({ cause, deadlineAt, waitsFor, resumeAt, waitsForTime });
    if (pauseId !== undefined) setRun({ done: { ...before.done, [pauseId]: 'pause' } });
  }

  function resumed({ at: now, resumeId, signalId }: DataOf<'run.resumed'>): void {
    const before = run()!;
    check(before.state === 'paused', 'a run that was not paused went on');
    const signal = before.signals.find((one) => one.signalId === signalId);
    due.delete(`signal for ${at.stream}`);
    if (signalId !== undefined)
      check(signal?.name === before.waitsFor, `a run went on by ${signalId}, which it did not wait for`);
    else if (resumeId !== undefined) check(!waitsForApproval(before), 'a run that waits for a person went on by hand');
    else check(waitsForApproval(before) || (before.resumeAt ?? '~') <= now, 'a run went on by itself');
    const done = resumeId === undefined ? before.done : { ...before.done, [resumeId]: 'resume' };
    const signals = before.signals.filter((one) => one !== signal);
    const nothing = { waitsFor: undefined, resumeAt: undefined, waitsForTime: undefined };
    setRun({ state: 'active', since: now, heardAt: now, done, signals, ...nothing });
  }

  return {
    'session.opened': ({ agentId, teamId, tokenSha256 }) => {
      check(get('sessions') === undefined, 'a session was opened twice');
      put('sessions', { isOpen: true, agentId, teamId, tokenSha256 });
    },
    'session.revoked': () => change('sessions', { isOpen: false }),
    'session.occupied': ({ runId }) => {
      const session = get('sessions');
      check(session?.isOpen === true && session.runId === undefined, 'a run began in a session that was not free');
      change('sessions', { runId });
    },
    'session.released': ({ runId }) => {
      check(get('sessions')?.runId === runId, 'a run released a session that it was not in');
      change('sessions', { runId: undefined });
    },
    'run.started': started,
    'run.activated': ({ at: now }) => {
      check(run()?.state === 'scheduled' && now >= (run()?.startsAt ?? '~'), 'a run began before its time');
      setRun({ state: 'active', since: now, startedAt: now, heardAt: now });
    },
    'run.heard': ({ at: now }) => setRun({ heardAt: now }),
    'run.claimed': ({ at: now }) => {
      check(run()?.state === 'active', 'a claim of a run that is not active was taken');
      setRun({ isClaimed: true, heardAt: now });
    },
    'claim.refused': () => {
      check(run() !== undefined && !isShown(run()!), 'a claim was refused although the ledger bears it out');
      setRun({ isClaimed: false });
    },
    'run.paused': paused,
    'run.resumed': resumed,
    'run.signalled': ({ signalId, name }) => {
      const before = run()!;
      check(!isOver(before) && !(signalId in before.done), 'a run was told of a signal twice, or when it was over');
      setRun({ signals: [...before.signals, { signalId, name }], done: { ...before.done, [signalId]: name } });
      if (before.waitsFor === name) due.set(`signal for ${at.stream}`, signalId);
    },
    'run.awaited': ({ signalId, name, pauseId, at: now }) => {
      const before = run()!;
      const oldest = before.signals.find((one) => one.name === name);
      check(before.state === 'active' && oldest?.signalId === signalId, `${signalId} was used out of turn`);
      due.delete(`pause of ${at.stream}`);
      const done = pauseId === undefined ? before.done : { ...before.done, [pauseId]: 'pause' };
      setRun({ signals: before.signals.filter((one) => one !== oldest), done, heardAt: now });
    },
    'run.checkpointed': ({ checkpointId, sha256 }) => {
      const before = run()!;
      check(
        before.state === 'active' && !(checkpointId in before.done),
        `${checkpointId} was made twice, or in a run that rests`,
      );
      const segment = before.segment && { ...before.segment, used: 0 };
      setRun({ done: { ...before.done, [checkpointId]: sha256 }, checkpointId, segment });
      due.set(`pause of ${at.stream}`, 'checkpoint');
    },
    'run.done': (data) => {
      const before = run()!;
      check(
        before.isClaimed && (isShown(before) || waitsForPerson(before)),
        'a run was done without what its predicate asks for',
      );
      stopClock('done', data);
    },
    'run.failed': (data) => {
      check(run() !== undefined && mayFail(run()!, data), `a run failed by ${data.code} before its time`);
      stopClock('failed', data);
    },
    'run.cancelled': (data) => stopClock('cancelled', data),
    'subgoal.added': (data) => {
      const { subgoals = [] } = run()!;
      check(
        !isOver(run()!) && !subgoals.some(({ subgoalId }) => subgoalId === data.subgoalId),
        'a subgoal was added twice',
      );
      setRun({ subgoals: [...subgoals, queued(data)] });
    },
    'run.noted': ({ key, value, at: now }, position) => {
      const before = run()!;
      check(before.state === 'active', `${key} was noted by a run that is ${before.state}`);
      check(!isNoted(before, key, String(value)), `${key} was noted twice`);
      setRun({ notes: { ...before.notes, [key]: { value: String(value), position } }, heardAt: now });
    },
    'subgoal.started': ({ subgoalId }, position) => {
      const { subgoals = [] } = run()!;
      const first = subgoals.find(({ state }) => state === 'queued');
      check(currentOf(run()!) === undefined && first?.subgoalId === subgoalId, `${subgoalId} was taken up out of turn`);
      moved(subgoalId, 'active');
      setRun({ subgoalSince: position });
    },
    'subgoal.claimed': () => undefined,
    'subgoal.refused': ({ subgoalId }) =>
      check(!isSubgoalShown(run()!, subgoalId), `${subgoalId} was refused although the ledger bears it out`),
    'subgoal.done': ({ subgoalId }) => {
      const isCurrent = currentOf(run()!)?.subgoalId === subgoalId;
      check(isCurrent && isSubgoalShown(run()!, subgoalId), `${subgoalId} was done without what it asks for`);
      moved(subgoalId, 'done');
    },
  };

  function moved(subgoalId: string, state: ModelSubgoal['state']): void {
    setRun({ subgoals: run()!.subgoals?.map((one) => (one.subgoalId === subgoalId ? { ...one, state } : one)) });
  }
}
