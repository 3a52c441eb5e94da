import type { BudgetLimits, Rejection, RunOrchestratorEvent } from '@causeway/contracts';
import { accept, refuse, type Decider } from '@causeway/eventing';
import { claim, complete } from './claim.decide.ts';
import { note } from './note.decide.ts';
import type { RunCommand } from './run.commands.ts';
import { evolve } from './run.evolve.ts';
import { moveRefusal, noSuchRun, notYourRun, type RunDecision } from './run.refusals.ts';
import { activeMs, elapsedMs } from './budget.ts';
import { noRun, stepOf, type Run, type StartedRun } from './run.ts';
import { sortedJson } from './sorted-json.ts';
import { decideStep } from './step.decide.ts';
import { addSubgoals, areSameSubgoals, takenUp } from './subgoal.decide.ts';
import { forbiddenMove, mayMove, type Mover } from './transitions.ts';

type Event = RunOrchestratorEvent;
type Of<Type extends RunCommand['type']> = Extract<RunCommand, { type: Type }>;

/** The rules of a run, as pure functions over plain data. */
export const runDecider: Decider<Run, RunCommand, Event, Rejection> = { initialState: noRun, decide, evolve };

/** Whatever a command would do, the run moves only along an edge of the table, and only when its mover may take it. */
function decide(command: RunCommand, run: Run): RunDecision {
  const decision = withNextSubgoal(command, run, decideFreely(command, run));
  if (!decision.accepted) return decision;
  const mover = moverOf(command);
  const forbidden = forbiddenMove(run.kind === 'none' ? 'none' : run.phase.state, decision.events, mover);
  return forbidden ? refuse(moveRefusal(forbidden, mover)) : decision;
}

/**
 * The next subgoal is taken up in the append after which nothing stands in its way. Where a step has just ended, its end stays the last event:
 * that is what its caller is told of.
 */
function withNextSubgoal(command: RunCommand, run: Run, decision: RunDecision): RunDecision {
  const mayHave = command.type === 'add-subgoals' || command.type === 'start' || (run.kind === 'run' && run.subgoals);
  if (!decision.accepted || decision.events.length === 0 || !mayHave) return decision;
  const after = decision.events.reduce(evolve, run);
  const next = after.kind === 'run' ? takenUp(after, command.at) : [];
  const isOfStep = 'stepId' in command;
  return { ...decision, events: isOfStep ? [...next, ...decision.events] : [...decision.events, ...next] };
}

function decideFreely(command: RunCommand, run: Run): RunDecision {
  if (command.type === 'start') return start(command, run);
  if (run.kind === 'none') return refuse(noSuchRun);
  switch (command.type) {
    case 'claim':
      return claim(command, run);
    case 'complete':
      return complete(command, run);
    case 'add-subgoals':
      return addSubgoals(command, run);
    case 'note':
      return note(command, run);
    case 'cancel':
      return cancel(command, run);
    case 'tick':
      return tick(command, run);
    default:
      return decideStep(command, run);
  }
}

function moverOf(command: RunCommand): Mover {
  if ('mover' in command) return command.mover;
  if (command.type === 'tick') return 'clock';
  return command.type === 'start-held' ? 'approver' : 'system';
}

function start(command: Of<'start'>, run: Run): RunDecision {
  if (run.kind === 'none') {
    const { by: startedBy, type: _, askedBudget: __, mover: ___, subgoals, startsAt, ...facts } = command;
    const queue = subgoals ? { subgoals: [...subgoals] } : {};
    const begin = startsAt !== undefined && elapsedMs(command.at, startsAt) > 0 ? { startsAt } : {};
    return accept<Event>({ type: 'run.started', data: { ...facts, ...queue, ...begin, startedBy } });
  }
  if (isSameStart(command, run)) return accept();
  return refuse({
    code: 'RUN_ALREADY_STARTED',
    detail: `${run.runId} was started with other content; use another id or another Idempotency-Key`,
  });
}

/** Whether a start asks for the run that there is. A goal that was erased is not held against it: the rest says it. */
export function isSameStart(
  asked: Pick<Of<'start'>, 'sessionId' | 'goal' | 'predicate' | 'subgoals' | 'askedBudget' | 'startsAt'>,
  run: StartedRun,
): boolean {
  const startedWith = (run.subgoals ?? []).filter(({ addedBy }) => addedBy === undefined);
  return (
    run.sessionId === asked.sessionId &&
    isSameBegin(asked.startsAt, run) &&
    (run.isGoalErased === true || run.goal === asked.goal) &&
    sortedJson(run.predicate) === sortedJson(asked.predicate) &&
    areSameSubgoals(asked.subgoals ?? [], startedWith) &&
    isSameBudget(asked.askedBudget, run.budget.limits)
  );
}

const isSameBudget = ({ steps, wallClockMs }: Partial<BudgetLimits>, limits: BudgetLimits): boolean =>
  limits.steps === (steps ?? limits.steps) && limits.wallClockMs === (wallClockMs ?? limits.wallClockMs);

/** A beginning that was past when the run started was not recorded. */
const isSameBegin = (startsAt: string | undefined, run: StartedRun): boolean =>
  run.startsAt === startsAt ||
  (run.startsAt === undefined && startsAt !== undefined && elapsedMs(startsAt, run.startedAt) >= 0);

function cancel({ sessionId, mover, by, reason, at }: Of<'cancel'>, run: StartedRun): RunDecision {
  const isOwn = run.sessionId === sessionId;
  if (!isOwn && (sessionId !== undefined || mover === 'agent')) return refuse(notYourRun);
  const { state } = run.phase;
  if (state === 'cancelled') return accept();
  if (!mayMove(state, 'cancelled', mover)) {
    return refuse(moveRefusal({ from: state, to: 'cancelled' }, mover, 'only what is not over can be cancelled'));
  }
  const cancelled: Event = {
    type: 'run.cancelled',
    data: { cancelledBy: by, reason, wallClockUsedMs: activeMs(run.budget, at), at },
  };
  return accept<Event>(...heldStepDenied(run, at), cancelled);
}

/** A step that waits for a person ends with its run: nobody is left waiting. */
function heldStepDenied(run: StartedRun, at: string): Event[] {
  const step = run.heldStepId === undefined ? undefined : stepOf(run, run.heldStepId);
  if (!step) return [];
  const rejection: Rejection = {
    code: 'RUN_NOT_ACTIVE',
    detail: 'the run was cancelled before this step was approved',
  };
  return [{ type: 'step.denied', data: { stepId: step.stepId, at, capability: step.capability, rejection } }];
}

/** A run that is due begins. Deadlines: a run out of time fails, and so does one whose pause nobody ended. A pause for an approval ends with the approval instead. */
function tick({ at, by = 'clock' }: Of<'tick'>, run: StartedRun): RunDecision {
  const {
    phase,
    budget: { limits },
  } = run;
  if (phase.state === 'scheduled') {
    const isDue = elapsedMs(phase.startsAt, at) >= 0;
    return isDue ? accept<Event>({ type: 'run.activated', data: { activatedBy: by, at } }) : accept();
  }
  const wallClockUsedMs = activeMs(run.budget, at);
  if (phase.state === 'active' && wallClockUsedMs >= limits.wallClockMs) {
    const reason = `the run was active for ${limits.wallClockMs} ms, all its budget allows`;
    return accept<Event>({
      type: 'run.failed',
      data: { code: 'BUDGET_WALL_CLOCK_EXHAUSTED', reason, wallClockUsedMs, at },
    });
  }
  if (phase.state === 'paused' && phase.cause !== 'approval' && elapsedMs(phase.deadlineAt, at) >= 0) {
    const reason = `nobody ended the pause (${phase.cause}) by ${phase.deadlineAt}`;
    return accept<Event>({ type: 'run.failed', data: { code: 'RUN_PAUSE_EXPIRED', reason, wallClockUsedMs, at } });
  }
  return accept();
}
