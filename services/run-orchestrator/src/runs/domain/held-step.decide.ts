import type { Rejection, RunOrchestratorEvent } from '@causeway/contracts';
import { accept, refuse } from '@causeway/eventing';
import { activeMs, budgetRefusal, elapsedMs } from './budget.ts';
import type { PreparedApproval, StepCommand } from './run.commands.ts';
import type { RunDecision } from './run.refusals.ts';
import type { StartedRun, Step } from './run.ts';
import { denied, starting } from './step.events.ts';
import { subgoalBudgetRefusal } from './subgoals.ts';

type Of<Type extends StepCommand['type']> = Extract<StepCommand, { type: Type }>;
type Event = RunOrchestratorEvent;

/** A step that policy lets a person decide: it waits, and its run with it. */
export function hold(
  { stepId, at, verdict, by: requestedBy }: Of<'request-step'>,
  { content, digest }: PreparedApproval,
  { run, opening }: { run: StartedRun; opening: readonly Event[] },
): RunDecision {
  const { approvalId, expiresAt: deadlineAt } = content;
  const pause = { cause: 'approval' as const, deadlineAt, wallClockUsedMs: activeMs(run.budget, at), approvalId, at };
  const paused: Event = { type: 'run.paused', data: pause };
  const held: Event = { type: 'step.held', data: { stepId, at, approvalId, digest } };
  const requested: Event = {
    type: 'approval.requested',
    data: { content, digest, reason: verdict.reason, requestedBy, at },
  };
  return {
    accepted: true,
    events: [...opening, paused, held],
    also: [{ stream: approvalId, expected: 'none', events: [requested] }],
  };
}

/**
 * An approved step starts: the approval is consumed, the budget reserved and the step started together or not at all. Without budget the step
 * is denied and the approval withdrawn, also together.
 */
export function startHeldStep(command: Of<'start-held'>, run: StartedRun, step: Step): RunDecision {
  const { stepId, approvalId, approvalVersion, digest, by, at } = command;
  if (step.state !== 'held') return accept();
  const refusal = bindingRefusal(command, run, step);
  if (refusal) return refuse(refusal);
  const resumed: Event = { type: 'run.resumed', data: { cause: 'approval', by, at } };
  const exhausted = budgetRefusal(run.budget, at) ?? subgoalBudgetRefusal(run);
  const fate: Event = exhausted
    ? { type: 'approval.withdrawn', data: { approvalId, reason: exhausted.detail, at } }
    : { type: 'approval.consumed', data: { approvalId, digest, runId: run.runId, stepId, at } };
  return {
    accepted: true,
    events: exhausted
      ? [resumed, denied(step, exhausted, at)]
      : [resumed, ...starting(stepId, at, command.attempt, approvalId)],
    also: [{ stream: approvalId, expected: approvalVersion, events: [fate] }],
  };
}

/** A step that waits for a person ends with its run: nobody is left waiting. `why`: what became of the run. */
export const heldStepDenied = (step: Step, why: string, at: string): Event =>
  denied(step, { code: 'RUN_NOT_ACTIVE', detail: `${why} before this step was approved` }, at);

/** Why an approval does not cover what would be executed now. */
function bindingRefusal(command: Of<'start-held'>, { runId, phase }: StartedRun, step: Step): Rejection | undefined {
  const { approvalId, digest, stepId, at } = command;
  if (step.approvalId !== approvalId) {
    const detail = `${approvalId} is not the approval that step ${stepId} of ${runId} waits for; nothing was executed`;
    return { code: 'APPROVAL_OTHER_STEP', detail };
  }
  if (step.digest !== digest) {
    const detail = `what ${approvalId} approves is not what step ${stepId} would execute; nothing was executed`;
    return { code: 'APPROVAL_DIGEST_MISMATCH', detail };
  }
  if (phase.state !== 'paused' || elapsedMs(phase.deadlineAt, at) < 0) return undefined;
  return { code: 'APPROVAL_EXPIRED', detail: `${approvalId} was good until ${phase.deadlineAt}; nothing was executed` };
}

/** A held step will not be executed: the approval was denied, has expired or covers something else. The run goes on. */
export function refuseHeldStep({ rejection, by, at }: Of<'refuse-held'>, run: StartedRun, step: Step): RunDecision {
  if (step.state !== 'held') return accept();
  const refused = denied(step, rejection, at);
  if (run.phase.state !== 'paused') return accept(refused);
  return accept<Event>({ type: 'run.resumed', data: { cause: 'approval', by, at } }, refused);
}
