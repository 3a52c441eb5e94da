import type { PauseCause, Rejection, RunOrchestratorEvent } from '@causeway/contracts';
import { accept, refuse } from '@causeway/eventing';
import { activeMs, elapsedMs, evolveBudget } from './budget.ts';
import { extendedBy } from './budget-extension.decide.ts';
import { exhausted, roomFor, type Room } from './reservation.ts';
import type { PreparedApproval, StepCommand } from './run.commands.ts';
import type { RunDecision } from './run.refusals.ts';
import type { StartedRun, Step } from './run.ts';
import { denied, starting } from './step.events.ts';
import { withinSubgoal } from './subgoals.ts';

type Of<Type extends StepCommand['type']> = Extract<StepCommand, { type: Type }>;
type Event = RunOrchestratorEvent;

type Hold = {
  readonly run: StartedRun;
  readonly opening: readonly Event[];
  readonly cause: PauseCause;
  /** Why a person is asked. */
  readonly reason: string;
};

/** A step that a person has to decide about, or to give more budget for: it waits, and its run with it. */
export function hold(
  { stepId, at, by: requestedBy }: Of<'request-step'>,
  { content, digest }: PreparedApproval,
  { run, opening, cause, reason }: Hold,
): RunDecision {
  const { approvalId, expiresAt: deadlineAt } = content;
  const wallClockUsedMs = activeMs(run.budget, at);
  const held: Event = { type: 'step.held', data: { stepId, at, approvalId, digest } };
  // An approval of the pause itself is for the whole run; this one is for its step.
  const named = cause === 'approval' ? { approvalId } : {};
  const paused: Event = { type: 'run.paused', data: { cause, deadlineAt, wallClockUsedMs, ...named, at } };
  const requested: Event = { type: 'approval.requested', data: { content, digest, reason, requestedBy, at } };
  return {
    accepted: true,
    events: [...opening, paused, held],
    also: [{ stream: approvalId, expected: 'none', events: [requested] }],
  };
}

/**
 * An approved step starts: the approval is consumed, the limit raised if that is what was approved, the budget reserved and the step started
 * together or not at all. Without budget the step is denied and the approval withdrawn, also together; an extension stands all the same.
 */
export function startHeldStep(command: Of<'start-held'>, run: StartedRun, step: Step): RunDecision {
  const { stepId, approvalId, approvalVersion, digest, attempt, by, at } = command;
  if (step.state !== 'held') return accept();
  const refusal = bindingRefusal(command, run, step);
  if (refusal) return refuse(refusal);
  const extended = command.extension ? [extendedBy(command.extension, { approvalId, by, at })] : [];
  const room = withinSubgoal(roomAfter(extended, command, run), run);
  if (room.kind === 'allotment') return refuse({ ...exhausted(run.budget, 'steps'), wanted: room });
  const resumed: Event = { type: 'run.resumed', data: { cause: pauseCause(run), by, at } };
  const isStarted = room.kind === 'reserved';
  const isConsumed = isStarted || extended.length > 0;
  const fate: Event = isConsumed
    ? { type: 'approval.consumed', data: { approvalId, digest, runId: run.runId, stepId, at } }
    : { type: 'approval.withdrawn', data: { approvalId, reason: isStarted ? '' : room.rejection.detail, at } };
  const end = isStarted
    ? starting(stepId, { at, attempt, reserved: room.amounts, approvalId })
    : [denied(step, room.rejection, at)];
  return {
    accepted: true,
    events: [...extended, resumed, ...end],
    also: [{ stream: approvalId, expected: approvalVersion, events: [fate] }],
  };
}

/** The room for a held step once its approval has raised the limit. Time stands still while it waits. */
function roomAfter(extended: readonly Event[], { reserves, allotment, at }: Of<'start-held'>, run: StartedRun): Room {
  const budget = extended.reduce(evolveBudget, run.budget);
  return roomFor(budget, { worst: { ...reserves, steps: 1 }, allotment }, at);
}

const pauseCause = ({ phase }: StartedRun): PauseCause => (phase.state === 'paused' ? phase.cause : 'approval');

/** A step that waits for a person ends with its run: nobody is left waiting. `why`: what became of the run. */
export const heldStepDenied = (step: Step, why: string, at: string): Event =>
  denied(step, { code: 'RUN_NOT_ACTIVE', detail: `${why} before this step was approved` }, at);

/** Why an approval does not cover what would be executed now. The run may have been moved to another policy since whoever asks looked. */
function bindingRefusal(
  command: Of<'start-held'>,
  { runId, phase, policy }: StartedRun,
  step: Step,
): Rejection | undefined {
  const { approvalId, digest, stepId, at } = command;
  if (step.approvalId !== approvalId) {
    const detail = `${approvalId} is not the approval that step ${stepId} of ${runId} waits for; nothing was executed`;
    return { code: 'APPROVAL_OTHER_STEP', detail };
  }
  if (step.digest !== digest) {
    const detail = `what ${approvalId} approves is not what step ${stepId} would execute; nothing was executed`;
    return { code: 'APPROVAL_DIGEST_MISMATCH', detail };
  }
  if (step.policy && step.policy.digest !== policy.digest) {
    const detail = `another policy decides about ${runId} than when ${approvalId} was asked for; nothing was executed`;
    return { code: 'APPROVAL_POLICY_CHANGED', detail };
  }
  if (phase.state !== 'paused' || elapsedMs(phase.deadlineAt, at) < 0) return undefined;
  return { code: 'APPROVAL_EXPIRED', detail: `${approvalId} was good until ${phase.deadlineAt}; nothing was executed` };
}

/** A held step will not be executed: the approval was denied, has expired or covers something else. The run goes on. */
export function refuseHeldStep({ rejection, by, at }: Of<'refuse-held'>, run: StartedRun, step: Step): RunDecision {
  if (step.state !== 'held') return accept();
  const refused = denied(step, rejection, at);
  if (run.phase.state !== 'paused') return accept(refused);
  return accept<Event>({ type: 'run.resumed', data: { cause: run.phase.cause, by, at } }, refused);
}
