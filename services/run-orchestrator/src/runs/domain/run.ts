import type {
  BudgetLimits,
  BudgetStatus,
  PauseCause,
  PolicyRef,
  Predicate,
  RunOrchestratorEvent,
  StepState,
} from '@causeway/contracts';
import { emptyMap, valueAt, withValue, type LayeredMap } from '@causeway/eventing';
import { counts, NO_PROOF, withEvidence, type Proof } from './predicate.ts';

/** What the decider keeps of a step; inputs and results stay in the ledger, at these versions of the run's stream. */
export type Step = {
  readonly stepId: string;
  readonly capability: string;
  readonly inputDigest: string;
  readonly state: StepState;
  readonly counts: boolean;
  readonly attempt: number;
  readonly rule: string;
  readonly callId?: string;
  readonly executor?: string;
  readonly deadlineAt?: string;
  readonly approvalId?: string;
  readonly digest?: string;
  readonly requestedVersion: number;
  /** Version of the step's newest event. */
  readonly version: number;
};

export type Phase =
  | { readonly state: 'active'; readonly since: string }
  | { readonly state: 'paused'; readonly cause: PauseCause; readonly deadlineAt: string; readonly approvalId?: string }
  | { readonly state: 'done' | 'failed' | 'cancelled' };

export type StartedRun = {
  readonly kind: 'run';
  readonly runId: string;
  readonly sessionId: string;
  readonly agentId: string;
  readonly goal: string;
  readonly predicate: Predicate;
  readonly policy: PolicyRef;
  readonly limits: BudgetLimits;
  readonly phase: Phase;
  readonly usedSteps: number;
  readonly reservedSteps: number;
  /** Active time up to the last pause, in ms. */
  readonly usedMs: number;
  readonly proof: Proof;
  readonly steps: LayeredMap<Step>;
  /** Events seen: the version of the stream. */
  readonly version: number;
};
export type Run = { readonly kind: 'none' } | StartedRun;

export const noRun = (): Run => ({ kind: 'none' });
export const stepOf = (run: StartedRun, stepId: string): Step | undefined => valueAt(run.steps, stepId);
export const isOver = (run: StartedRun): boolean => run.phase.state !== 'active' && run.phase.state !== 'paused';

/** Active time of a run in ms at this moment. */
export function activeMs(run: StartedRun, at: string): number {
  return run.phase.state === 'active' ? run.usedMs + Math.max(0, elapsedMs(run.phase.since, at)) : run.usedMs;
}

/** Where the run's budget stands at this moment. */
export function budgetOf(run: StartedRun, at: string): BudgetStatus {
  return {
    steps: { limit: run.limits.steps, used: run.usedSteps, reserved: run.reservedSteps },
    wallClockMs: { limit: run.limits.wallClockMs, used: activeMs(run, at) },
  };
}

/** From one ISO 8601 instant to another, in ms. */
export const elapsedMs = (from: string, to: string): number => Date.parse(to) - Date.parse(from);

/** The run after an event. Never refuses: the past is a fact. */
export function evolve(run: Run, event: RunOrchestratorEvent): Run {
  if (event.type === 'run.started') return startedRun(event.data);
  if (run.kind === 'none') return run;
  return { ...afterEvent(run, event), version: run.version + 1 };
}

function startedRun(data: Extract<RunOrchestratorEvent, { type: 'run.started' }>['data']): StartedRun {
  const { runId, sessionId, agentId, goal, predicate, policy, budget: limits, at } = data;
  const phase: Phase = { state: 'active', since: at };
  const counters = { usedSteps: 0, reservedSteps: 0, usedMs: 0, proof: NO_PROOF, steps: emptyMap<Step>(), version: 1 };
  return { kind: 'run', runId, sessionId, agentId, goal, predicate, policy, limits, phase, ...counters };
}

function afterEvent(run: StartedRun, event: RunOrchestratorEvent): StartedRun {
  switch (event.type) {
    case 'run.paused': {
      const { cause, deadlineAt, approvalId, wallClockUsedMs } = event.data;
      const phase: Phase = { state: 'paused', cause, deadlineAt, ...(approvalId ? { approvalId } : {}) };
      return { ...run, phase, usedMs: wallClockUsedMs };
    }
    case 'run.resumed':
      return { ...run, phase: { state: 'active', since: event.data.at } };
    case 'run.done':
      return { ...run, phase: { state: 'done' }, usedMs: event.data.wallClockUsedMs };
    case 'run.failed':
      return { ...run, phase: { state: 'failed' }, usedMs: event.data.wallClockUsedMs };
    case 'run.cancelled':
      return { ...run, phase: { state: 'cancelled' }, usedMs: event.data.wallClockUsedMs };
    case 'budget.reserved':
      return { ...run, reservedSteps: run.reservedSteps + event.data.steps };
    case 'budget.settled':
      return { ...run, reservedSteps: run.reservedSteps - event.data.steps, usedSteps: run.usedSteps + event.data.steps };
    default:
      return afterStepEvent(run, event);
  }
}

function afterStepEvent(run: StartedRun, event: RunOrchestratorEvent): StartedRun {
  switch (event.type) {
    case 'step.requested': {
      const { stepId, capability, inputDigest, input } = event.data;
      const version = run.version + 1;
      const step: Step = {
        ...{ stepId, capability, inputDigest, state: 'denied', counts: counts(run.predicate, capability, input), attempt: 0, rule: '' },
        ...{ requestedVersion: version, version },
      };
      return { ...run, steps: withValue(run.steps, stepId, step) };
    }
    case 'policy.decided':
      return withStep(run, event.data.stepId, { rule: event.data.rule });
    case 'step.started': {
      const { attempt, callId, executor, deadlineAt } = event.data;
      return withStep(run, event.data.stepId, { state: 'started', attempt, callId, executor, deadlineAt });
    }
    case 'step.held':
      return withStep(run, event.data.stepId, { state: 'held', approvalId: event.data.approvalId, digest: event.data.digest });
    case 'step.denied':
      return withStep(run, event.data.stepId, { state: 'denied' });
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

function withStep(run: StartedRun, stepId: string, change: Partial<Step>): StartedRun {
  const step = stepOf(run, stepId);
  if (!step) return run;
  return { ...run, steps: withValue(run.steps, stepId, { ...step, ...change, version: run.version + 1 }) };
}
