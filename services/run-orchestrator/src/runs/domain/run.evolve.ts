import type { RunOrchestratorEvent } from '@causeway/contracts';
import { emptyMap, withValue } from '@causeway/eventing';
import { counts, NO_PROOF, withEvidence } from './predicate.ts';
import { stepOf, type Phase, type Run, type StartedRun, type Step } from './run.ts';

type Of<Type extends RunOrchestratorEvent['type']> = Extract<RunOrchestratorEvent, { type: Type }>;

/** The run after an event. Never refuses: the past is a fact. */
export function evolve(run: Run, event: RunOrchestratorEvent): Run {
  if (event.type === 'run.started') return startedRun(event);
  if (run.kind === 'none') return run;
  return { ...afterEvent(run, event), version: run.version + 1 };
}

function startedRun({ data, erased }: Of<'run.started'>): StartedRun {
  const { runId, sessionId, agentId, goal, predicate, policy, budget: limits, at: startedAt } = data;
  return {
    ...{ kind: 'run', runId, sessionId, agentId, goal, predicate, policy, limits, startedAt },
    ...(erased ? { isGoalErased: true } : {}),
    ...{ phase: { state: 'active', since: startedAt }, claimed: false },
    ...{ usedSteps: 0, reservedSteps: 0, usedMs: 0, proof: NO_PROOF, steps: emptyMap<Step>(), version: 1 },
  };
}

function afterEvent(run: StartedRun, event: RunOrchestratorEvent): StartedRun {
  switch (event.type) {
    case 'run.paused': {
      const { cause, deadlineAt, wallClockUsedMs } = event.data;
      return inPhase(run, { state: 'paused', cause, deadlineAt }, wallClockUsedMs);
    }
    case 'run.resumed':
      return inPhase(run, { state: 'active', since: event.data.at }, run.usedMs);
    case 'run.claimed':
      return { ...run, claimed: true };
    case 'claim.refused':
      return { ...run, claimed: false };
    case 'budget.reserved':
      return { ...run, reservedSteps: run.reservedSteps + event.data.steps };
    case 'budget.settled': {
      const { steps } = event.data;
      return { ...run, reservedSteps: run.reservedSteps - steps, usedSteps: run.usedSteps + steps };
    }
    default:
      return afterEnd(run, event);
  }
}

function afterEnd(run: StartedRun, event: RunOrchestratorEvent): StartedRun {
  switch (event.type) {
    case 'run.done': {
      const { at: endedAt, verifiedBy, wallClockUsedMs } = event.data;
      return inPhase(run, { state: 'done', endedAt, reason: `verified by ${verifiedBy}` }, wallClockUsedMs);
    }
    case 'run.failed': {
      const { at: endedAt, code, reason, wallClockUsedMs } = event.data;
      return inPhase(run, { state: 'failed', endedAt, reason: `${code}: ${reason}` }, wallClockUsedMs);
    }
    case 'run.cancelled': {
      const { at: endedAt, reason, wallClockUsedMs } = event.data;
      return inPhase(run, { state: 'cancelled', endedAt, reason }, wallClockUsedMs);
    }
    default:
      return afterStepEvent(run, event);
  }
}

const inPhase = (run: StartedRun, phase: Phase, usedMs: number): StartedRun => ({ ...run, phase, usedMs });

function afterStepEvent(run: StartedRun, event: RunOrchestratorEvent): StartedRun {
  switch (event.type) {
    case 'step.requested':
      return requested(run, event);
    case 'policy.decided':
      return withStep(run, event.data.stepId, { rule: event.data.rule });
    case 'step.started': {
      const { stepId, attempt, callId, executor, deadlineAt } = event.data;
      return withStep(notHeld(run, stepId), stepId, { state: 'started', attempt, callId, executor, deadlineAt });
    }
    case 'step.held': {
      const { stepId, approvalId, digest } = event.data;
      return { ...withStep(run, stepId, { state: 'held', approvalId, digest }), heldStepId: stepId };
    }
    case 'step.denied':
      return withStep(notHeld(run, event.data.stepId), event.data.stepId, { state: 'denied' });
    case 'step.failed':
      return withStep(run, event.data.stepId, { state: 'failed' });
    case 'step.unknown':
      return withStep(run, event.data.stepId, { state: 'unknown' });
    case 'step.succeeded': {
      const { stepId } = event.data;
      const proof = stepOf(run, stepId)?.counts ? withEvidence(run.proof, run.predicate, stepId) : run.proof;
      return { ...withStep(run, stepId, { state: 'succeeded' }), proof };
    }
    default:
      return run;
  }
}

/** A later event of the same append says whether it started, is held or was denied. */
function requested(run: StartedRun, { data }: Of<'step.requested'>): StartedRun {
  const { stepId, capability, inputDigest, input } = data;
  const version = run.version + 1;
  const step: Step = {
    ...{ stepId, capability, inputDigest, state: 'started', attempt: 0, rule: '' },
    ...{ counts: data.counts ?? counts(run.predicate, capability, input), requestedVersion: version, version },
  };
  return { ...run, steps: withValue(run.steps, stepId, step) };
}

function notHeld(run: StartedRun, stepId: string): StartedRun {
  if (run.heldStepId !== stepId) return run;
  const { heldStepId: _, ...rest } = run;
  return rest;
}

function withStep(run: StartedRun, stepId: string, change: Partial<Step>): StartedRun {
  const step = stepOf(run, stepId);
  if (!step) return run;
  return { ...run, steps: withValue(run.steps, stepId, { ...step, ...change, version: run.version + 1 }) };
}
