import { METERS, type BudgetLimits, type RunOrchestratorEvent } from '@causeway/contracts';
import { accept, refuse, type Decider } from '@causeway/eventing';
import { claim, complete } from './claim.decide.ts';
import { note } from './note.decide.ts';
import type { RunCommand } from './run.commands.ts';
import { evolve } from './run.evolve.ts';
import { activeMs, elapsedMs } from './budget.ts';
import { tick } from './deadline.decide.ts';
import { heldStepDenied } from './held-step.decide.ts';
import { decideLifecycle, heard } from './pause.decide.ts';
import {
  moveRefusal,
  noSuchRun,
  notYourRun,
  overRefusal,
  type RunDecision,
  type RunRejection,
} from './run.refusals.ts';
import { decideBudget } from './budget-extension.decide.ts';
import { withBudgetEffects } from './with-budget-effects.ts';
import { hasEnded, noRun, stepOf, type Run, type StartedRun } from './run.ts';
import { sortedJson } from './sorted-json.ts';
import { decideStep } from './step.decide.ts';
import { addSubgoals, areSameSubgoals, takenUp } from './subgoal.decide.ts';
import { forbiddenMove, mayMove, type Mover } from './transitions.ts';

type Event = RunOrchestratorEvent;
type Of<Type extends RunCommand['type']> = Extract<RunCommand, { type: Type }>;

/** The rules of a run, as pure functions over plain data. */
export const runDecider: Decider<Run, RunCommand, Event, RunRejection> = { initialState: noRun, decide, evolve };

/** Whatever a command would do, the run moves only along an edge of the table, and only when its mover may take it. */
function decide(command: RunCommand, run: Run): RunDecision {
  const freely = decideFreely(command, run);
  const decision = withBudgetEffects(withNextSubgoal(command, run, freely), command, run);
  if (!decision.accepted) return decision;
  const mover = moverOf(command);
  const forbidden = forbiddenMove(run.kind === 'none' ? 'none' : run.phase.state, decision.events, mover);
  if (forbidden) return refuse(moveRefusal(forbidden, mover));
  return run.kind === 'none' ? decision : releasing(run, hearing(command, run, decision));
}

type Accepted = Extract<RunDecision, { accepted: true }>;

/** Commands that only an agent gives. */
const OF_AGENTS: readonly RunCommand['type'][] = ['request-step', 'claim', 'checkpoint', 'note'];

/** Whatever an agent asks for shows that it lives. */
function hearing(command: RunCommand, run: StartedRun, decision: Accepted): Accepted {
  const isOfAgent = OF_AGENTS.includes(command.type) || (command.type === 'pause' && command.mover === 'agent');
  if (!isOfAgent || !('by' in command)) return decision;
  return { ...decision, events: [...heard(run, command.by, command.at), ...decision.events] };
}

const ENDS: readonly Event['type'][] = ['run.done', 'run.failed', 'run.cancelled'];

/** The end of a run releases its session, in the same append. */
function releasing(run: StartedRun, decision: Accepted): RunDecision {
  const end = decision.events.find(({ type }) => ENDS.includes(type));
  if (end === undefined || !run.occupiesSession) return decision;
  const { runId, sessionId } = run;
  const { at } = end.data as { readonly at: string };
  const released: Event = { type: 'session.released', data: { sessionId, runId, at } };
  return { ...decision, also: [...(decision.also ?? []), { stream: sessionId, expected: 'any', events: [released] }] };
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
    case 'move-policy':
      return movePolicy(command, run);
    case 'tick':
      return tick(command, run);
    case 'pause':
    case 'resume':
    case 'signal':
    case 'hear':
    case 'checkpoint':
    case 'kill-step':
      return decideLifecycle(command, run);
    case 'extend-budget':
    case 'start-extended':
    case 'end-unextended':
    case 'return-allotment':
      return decideBudget(command, run);
    default:
      return decideStep(command, run);
  }
}

function moverOf(command: RunCommand): Mover {
  if ('mover' in command) return command.mover;
  if (command.type === 'tick' || command.type === 'end-unextended') return 'clock';
  if (command.type === 'hear' || command.type === 'checkpoint') return 'agent';
  return command.type === 'start-held' || command.type === 'start-extended' ? 'approver' : 'system';
}

function start(command: Of<'start'>, run: Run): RunDecision {
  if (run.kind === 'none') {
    const { by: startedBy, type: _, askedBudget: __, mover: ___, subgoals, segmentSteps, startsAt, ...facts } = command;
    const queue = subgoals ? { subgoals: [...subgoals] } : {};
    const segment = segmentSteps === undefined ? {} : { segmentSteps };
    const begin = startsAt !== undefined && elapsedMs(command.at, startsAt) > 0 ? { startsAt } : {};
    return accept<Event>({ type: 'run.started', data: { ...facts, ...queue, ...segment, ...begin, startedBy } });
  }
  if (isSameStart(command, run)) return accept();
  return refuse({
    code: 'RUN_ALREADY_STARTED',
    detail: `${run.runId} was started with other content; use another id or another Idempotency-Key`,
  });
}

/** Whether a start asks for the run that there is. A goal that was erased is not held against it: the rest says it. */
export function isSameStart(
  asked: Pick<
    Of<'start'>,
    'sessionId' | 'goal' | 'predicate' | 'subgoals' | 'askedBudget' | 'segmentSteps' | 'startsAt'
  >,
  run: StartedRun,
): boolean {
  const startedWith = (run.subgoals ?? []).filter(({ addedBy }) => addedBy === undefined);
  return (
    run.sessionId === asked.sessionId &&
    (run.isGoalErased === true || run.goal === asked.goal) &&
    sortedJson(run.predicate) === sortedJson(asked.predicate) &&
    isSameBegin(asked, run) &&
    areSameSubgoals(asked.subgoals ?? [], startedWith) &&
    isSameBudget(asked.askedBudget, run.budget.limits)
  );
}

const isSameBudget = (asked: Partial<BudgetLimits>, limits: BudgetLimits): boolean =>
  METERS.every((meter) => limits[meter] === (asked[meter] ?? limits[meter]));

/** A beginning that was past when the run started was not recorded. */
function isSameBegin(
  { startsAt, segmentSteps }: Pick<Of<'start'>, 'startsAt' | 'segmentSteps'>,
  run: StartedRun,
): boolean {
  const wasPast = run.startsAt === undefined && startsAt !== undefined && elapsedMs(startsAt, run.startedAt) >= 0;
  return run.segment?.limit === segmentSteps && (run.startsAt === startsAt || wasPast);
}

/** Other rules for a run that goes on; what was decided before stays decided, and what was approved before is bound to the old ones. */
function movePolicy({ policy, reason, by: movedBy, at }: Of<'move-policy'>, run: StartedRun): RunDecision {
  if (hasEnded(run)) return refuse(overRefusal(run));
  if (run.policy.digest === policy.digest) return accept();
  return accept<Event>({ type: 'run.moved', data: { policy, movedBy, reason, at } });
}

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
  const held = run.heldStepId === undefined ? undefined : stepOf(run, run.heldStepId);
  return accept<Event>(...(held ? [heldStepDenied(held, 'the run was cancelled', at)] : []), cancelled);
}
