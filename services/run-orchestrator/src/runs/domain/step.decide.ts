import type { Rejection, RunOrchestratorEvent } from '@causeway/contracts';
import { accept, refuse } from '@causeway/eventing';
import type { Attempt, PolicyVerdict, PreparedApproval, StepCommand, StepFate } from './run.commands.ts';
import { notYourRun, overRefusal, pausedRefusal, type RunDecision } from './run.refusals.ts';
import { counts } from './predicate.ts';
import { activeMs, elapsedMs, isOver, stepOf, type StartedRun, type Step } from './run.ts';

type Of<Type extends StepCommand['type']> = Extract<StepCommand, { type: Type }>;
type Event = RunOrchestratorEvent;

/** What becomes of a step: asked for, started, repeated, ended. */
export function decideStep(command: StepCommand, run: StartedRun): RunDecision {
  if (command.type === 'request-step') return requestStep(command, run);
  const step = stepOf(run, command.stepId);
  if (!step) return refuse({ code: 'STEP_NOT_FOUND', detail: `this run has no step ${command.stepId}` });
  switch (command.type) {
    case 'start-held':
      return startHeldStep(command, run, step);
    case 'refuse-held':
      return refuseHeldStep(command, run, step);
    case 'record-fate':
      return recordFate(command, step);
    case 'try-again':
      return tryAgain(command, step);
  }
}

/**
 * A step is asked for: started, held for a person, or denied, in one append with its policy decision and its reservation. A known step id
 * with the same content is the same step and adds nothing.
 */
function requestStep(command: Of<'request-step'>, run: StartedRun): RunDecision {
  const refusal = admissionRefusal(command, run);
  if (refusal) return refuse(refusal);
  const { stepId, verdict, at } = command;
  if (stepOf(run, stepId)) return accept();
  const opening = openingOf(command, run);
  const denial = policyRefusal(verdict) ?? budgetRefusal(run, at);
  if (denial) return accept<Event>(...opening, denied(command, denial, at));
  if (verdict.verdict === 'ask') return hold(command, verdict.approval, { run, opening });
  return accept<Event>(...opening, ...starting(stepId, at, command.attempt));
}

/** Why a request is not taken at all: nothing of it is recorded. */
function admissionRefusal(command: Of<'request-step'>, run: StartedRun): Rejection | undefined {
  if (run.sessionId !== command.sessionId || run.agentId !== command.by) return notYourRun;
  const known = stepOf(run, command.stepId);
  if (known) return sameStep(command, known) ? undefined : reusedId(command.stepId);
  if (isOver(run)) return overRefusal(run);
  return run.phase.state === 'paused' ? pausedRefusal(run) : undefined;
}

/** Whether the step counts is decided here and recorded: the input that tells it can be erased. */
function openingOf(
  { stepId, capability, input, inputDigest, verdict: said, by: requestedBy, at }: Of<'request-step'>,
  run: StartedRun,
): Event[] {
  const { verdict, rule, reason, policy } = said;
  const asked = { capability, input, inputDigest, counts: counts(run.predicate, capability, input), requestedBy };
  return [
    { type: 'step.requested', data: { stepId, at, ...asked } },
    { type: 'policy.decided', data: { stepId, at, verdict, rule, reason, policy } },
  ];
}

function hold(
  { stepId, at, verdict, by: requestedBy }: Of<'request-step'>,
  { content, digest }: PreparedApproval,
  { run, opening }: { run: StartedRun; opening: readonly Event[] },
): RunDecision {
  const { approvalId, expiresAt: deadlineAt } = content;
  const pause = { cause: 'approval' as const, deadlineAt, wallClockUsedMs: activeMs(run, at), approvalId, at };
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
function startHeldStep(command: Of<'start-held'>, run: StartedRun, step: Step): RunDecision {
  const { stepId, approvalId, approvalVersion, digest, by, at } = command;
  if (step.state !== 'held') return accept();
  const refusal = bindingRefusal(command, run, step);
  if (refusal) return refuse(refusal);
  const resumed: Event = { type: 'run.resumed', data: { cause: 'approval', by, at } };
  const exhausted = budgetRefusal(run, at);
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

/** Why an approval does not cover what would be executed now. */
function bindingRefusal(command: Of<'start-held'>, { phase }: StartedRun, step: Step): Rejection | undefined {
  const { approvalId, digest, stepId, at } = command;
  if (step.approvalId !== approvalId || step.digest !== digest) {
    const detail = `what ${approvalId} approves is not what step ${stepId} would execute; nothing was executed`;
    return { code: 'APPROVAL_DIGEST_MISMATCH', detail };
  }
  if (phase.state !== 'paused' || elapsedMs(phase.deadlineAt, at) < 0) return undefined;
  return { code: 'APPROVAL_EXPIRED', detail: `${approvalId} was good until ${phase.deadlineAt}; nothing was executed` };
}

/** A held step will not be executed: the approval was denied, has expired or covers something else. The run goes on. */
function refuseHeldStep({ rejection, by, at }: Of<'refuse-held'>, run: StartedRun, step: Step): RunDecision {
  if (step.state !== 'held') return accept();
  const refused = denied(step, rejection, at);
  if (run.phase.state !== 'paused') return accept(refused);
  return accept<Event>({ type: 'run.resumed', data: { cause: 'approval', by, at } }, refused);
}

/** The end of an attempt; a late one, or one told twice, adds nothing. A step ends also when its run is over: the fact is a fact. */
function recordFate({ stepId, attempt, fate, at }: Of<'record-fate'>, step: Step): RunDecision {
  if (step.state !== 'started' || step.attempt !== attempt) return accept();
  const { bytesIn, bytesOut } = fate.state === 'unknown' ? { bytesIn: 0, bytesOut: 0 } : fate.usage;
  const settled: Event = { type: 'budget.settled', data: { stepId, at, steps: 1, bytesIn, bytesOut } };
  return accept<Event>(settled, endOf({ stepId, at, attempt }, fate));
}

function endOf(base: { stepId: string; at: string; attempt: number }, fate: StepFate): Event {
  switch (fate.state) {
    case 'unknown':
      return { type: 'step.unknown', data: { ...base, reason: fate.reason } };
    case 'failed': {
      const { state: _, ...facts } = fate;
      return { type: 'step.failed', data: { ...base, ...facts } };
    }
    case 'succeeded': {
      const { state: _, ...facts } = fate;
      return { type: 'step.succeeded', data: { ...base, ...facts } };
    }
  }
}

/** An attempt left no trace and may be repeated: another attempt of the same step, within the same reservation. */
function tryAgain({ stepId, after, attempt, at }: Of<'try-again'>, step: Step): RunDecision {
  if (step.state !== 'started' || step.attempt !== after) return accept();
  return accept<Event>({ type: 'step.started', data: { stepId, at, attempt: after + 1, ...attempt } });
}

function starting(stepId: string, at: string, attempt: Attempt, approvalId?: string): Event[] {
  return [
    { type: 'budget.reserved', data: { stepId, at, steps: 1 } },
    { type: 'step.started', data: { stepId, at, attempt: 1, ...attempt, ...(approvalId ? { approvalId } : {}) } },
  ];
}

const denied = (
  { stepId, capability }: { stepId: string; capability: string },
  rejection: Rejection,
  at: string,
): Event => ({ type: 'step.denied', data: { stepId, at, capability, rejection } });

function policyRefusal({ verdict, rule, policy, reason, allowed }: PolicyVerdict): Rejection | undefined {
  return verdict === 'deny'
    ? { code: 'POLICY_DENIED', detail: reason, rule, policy, allowed: [...allowed] }
    : undefined;
}

function budgetRefusal(run: StartedRun, at: string): Rejection | undefined {
  const { steps, wallClockMs } = run.limits;
  if (run.usedSteps + run.reservedSteps >= steps) {
    const detail = `all ${steps} steps of the run's budget are used or reserved; claim completion, or ask an operator for another run`;
    return { code: 'BUDGET_STEPS_EXHAUSTED', detail };
  }
  if (activeMs(run, at) < wallClockMs) return undefined;
  const detail = `the run was active for ${wallClockMs} ms, all its budget allows; ask an operator for another run`;
  return { code: 'BUDGET_WALL_CLOCK_EXHAUSTED', detail };
}

const sameStep = (command: Of<'request-step'>, step: Step): boolean =>
  step.capability === command.capability && step.inputDigest === command.inputDigest;

const reusedId = (stepId: string): Rejection => ({
  code: 'STEP_ID_REUSED',
  detail: `step ${stepId} of this run was asked for with another capability or input; use another step id`,
});
