import type { Rejection, RunOrchestratorEvent } from '@causeway/contracts';
import { accept, refuse } from '@causeway/eventing';
import type { Attempt, PolicyVerdict, PreparedApproval, RunCommand } from './run.commands.ts';
import { overRefusal, pausedRefusal, type RunDecision } from './run.refusals.ts';
import { activeMs, isOver, stepOf, type StartedRun, type Step } from './run.ts';

type Of<Type extends RunCommand['type']> = Extract<RunCommand, { type: Type }>;
type Event = RunOrchestratorEvent;

/**
 * A step is asked for: started, held for a person, or denied, in one append with its policy decision and its reservation. A known step id
 * with the same content is the same step and adds nothing.
 */
export function requestStep(command: Of<'request-step'>, run: StartedRun): RunDecision {
  if (run.sessionId !== command.sessionId) return refuse({ code: 'RUN_NOT_FOUND', detail: 'this session has no such run' });
  const known = stepOf(run, command.stepId);
  if (known) return sameStep(command, known) ? accept() : refuse(reusedId(command.stepId));
  if (isOver(run)) return refuse(overRefusal(run));
  if (run.phase.state === 'paused') return refuse(pausedRefusal(run));

  const { stepId, capability, input, inputDigest, verdict, by: requestedBy, at } = command;
  const opening: Event[] = [
    { type: 'step.requested', data: { stepId, at, capability, input, inputDigest, requestedBy } },
    { type: 'policy.decided', data: { stepId, at, verdict: verdict.verdict, rule: verdict.rule, reason: verdict.reason, policy: verdict.policy } },
  ];
  const refusal = policyRefusal(verdict) ?? budgetRefusal(run, at);
  if (refusal) return accept<Event>(...opening, { type: 'step.denied', data: { stepId, at, capability, rejection: refusal } });
  if (verdict.verdict === 'ask') return hold(command, verdict.approval, { run, opening });
  return accept<Event>(...opening, ...starting(stepId, at, 1, command.attempt));
}

function hold(command: Of<'request-step'>, approval: PreparedApproval, { run, opening }: { run: StartedRun; opening: readonly Event[] }): RunDecision {
  const { stepId, at, verdict, by: requestedBy } = command;
  const { content, digest } = approval;
  const { approvalId } = content;
  const pause = { cause: 'approval' as const, deadlineAt: content.expiresAt, wallClockUsedMs: activeMs(run, at), approvalId, at };
  const requested: Event = { type: 'approval.requested', data: { content, digest, reason: verdict.reason, requestedBy, at } };
  return {
    accepted: true,
    events: [...opening, { type: 'run.paused', data: pause }, { type: 'step.held', data: { stepId, at, approvalId, digest } }],
    also: [{ stream: approvalId, expected: 'none', events: [requested] }],
  };
}

/** An approved step starts: the approval is consumed, the budget reserved and the step started together or not at all. */
export function startHeldStep(command: Of<'start-held'>, run: StartedRun): RunDecision {
  const { stepId, approvalId, approvalVersion, digest, by, at } = command;
  const step = stepOf(run, stepId);
  if (!step) return refuse(noSuchStep(stepId));
  if (step.state !== 'held') return accept();
  if (isOver(run)) return refuse(overRefusal(run));
  if (step.approvalId !== approvalId || step.digest !== digest) {
    return refuse({ code: 'APPROVAL_DIGEST_MISMATCH', detail: `what ${approvalId} approves is not what step ${stepId} would execute; nothing was executed` });
  }
  const resumed: Event = { type: 'run.resumed', data: { cause: 'approval', by, at } };
  const refusal = budgetRefusal(run, at);
  if (refusal) return accept<Event>(resumed, { type: 'step.denied', data: { stepId, at, capability: step.capability, rejection: refusal } });
  const consumed: Event = { type: 'approval.consumed', data: { approvalId, digest, runId: run.runId, stepId, at } };
  return {
    accepted: true,
    events: [resumed, ...starting(stepId, at, 1, command.attempt, approvalId)],
    also: [{ stream: approvalId, expected: approvalVersion, events: [consumed] }],
  };
}

/** A held step will not be executed: the approval was denied or has expired. The run goes on. */
export function refuseHeldStep({ stepId, rejection, by, at }: Of<'refuse-held'>, run: StartedRun): RunDecision {
  const step = stepOf(run, stepId);
  if (!step) return refuse(noSuchStep(stepId));
  if (step.state !== 'held') return accept();
  const denied: Event = { type: 'step.denied', data: { stepId, at, capability: step.capability, rejection } };
  if (run.phase.state !== 'paused') return accept(denied);
  return accept<Event>({ type: 'run.resumed', data: { cause: 'approval', by, at } }, denied);
}

/** The end of an attempt; a late one, or one told twice, adds nothing. A step ends also when its run is over: the fact is a fact. */
export function recordFate({ stepId, attempt, fate, at }: Of<'record-fate'>, run: StartedRun): RunDecision {
  const step = stepOf(run, stepId);
  if (!step) return refuse(noSuchStep(stepId));
  if (step.state !== 'started' || step.attempt !== attempt) return accept();
  const usage = fate.state === 'unknown' ? { bytesIn: 0, bytesOut: 0 } : { bytesIn: fate.usage.bytesIn, bytesOut: fate.usage.bytesOut };
  const settled: Event = { type: 'budget.settled', data: { stepId, at, steps: 1, ...usage } };
  const base = { stepId, at, attempt };
  switch (fate.state) {
    case 'unknown':
      return accept<Event>(settled, { type: 'step.unknown', data: { ...base, reason: fate.reason } });
    case 'failed': {
      const { state: _, ...facts } = fate;
      return accept<Event>(settled, { type: 'step.failed', data: { ...base, ...facts } });
    }
    case 'succeeded': {
      const { state: _, ...facts } = fate;
      return accept<Event>(settled, { type: 'step.succeeded', data: { ...base, ...facts } });
    }
  }
}

/** An attempt left no trace and may be repeated: another attempt of the same step, within the same reservation. */
export function tryAgain({ stepId, after, attempt, at }: Of<'try-again'>, run: StartedRun): RunDecision {
  const step = stepOf(run, stepId);
  if (!step) return refuse(noSuchStep(stepId));
  if (step.state !== 'started' || step.attempt !== after) return accept();
  return accept<Event>({ type: 'step.started', data: { stepId, at, attempt: after + 1, ...attempt } });
}

function starting(stepId: string, at: string, number: number, attempt: Attempt, approvalId?: string): Event[] {
  return [
    { type: 'budget.reserved', data: { stepId, at, steps: 1 } },
    { type: 'step.started', data: { stepId, at, attempt: number, ...attempt, ...(approvalId ? { approvalId } : {}) } },
  ];
}

function policyRefusal(verdict: PolicyVerdict): Rejection | undefined {
  if (verdict.verdict !== 'deny') return undefined;
  const { rule, policy, reason } = verdict;
  return { code: 'POLICY_DENIED', detail: reason, rule, policy, allowed: [...verdict.allowed] };
}

function budgetRefusal(run: StartedRun, at: string): Rejection | undefined {
  const { steps } = run.limits;
  if (run.usedSteps + run.reservedSteps >= steps) {
    return { code: 'BUDGET_STEPS_EXHAUSTED', detail: `all ${steps} steps of the run's budget are used or reserved; claim completion, or ask an operator for another run` };
  }
  if (activeMs(run, at) >= run.limits.wallClockMs) {
    return { code: 'BUDGET_WALL_CLOCK_EXHAUSTED', detail: `the run was active for ${run.limits.wallClockMs} ms, all its budget allows` };
  }
  return undefined;
}

const sameStep = (command: Of<'request-step'>, step: Step): boolean => step.capability === command.capability && step.inputDigest === command.inputDigest;

const reusedId = (stepId: string): Rejection => ({
  code: 'STEP_ID_REUSED',
  detail: `step ${stepId} of this run was asked for with another capability or input; use another step id`,
});

const noSuchStep = (stepId: string): Rejection => ({ code: 'STEP_NOT_FOUND', detail: `this run has no step ${stepId}` });
