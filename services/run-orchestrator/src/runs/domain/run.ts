import type { BudgetLimits, BudgetStatus, PauseCause, PolicyRef, Predicate, StepState } from '@causeway/contracts';
import { valueAt, type LayeredMap } from '@causeway/eventing';
import type { Proof } from './predicate.ts';

/** What the decider keeps of a step; inputs and results stay in the ledger, at these versions of the run's stream. */
export type Step = {
  readonly stepId: string;
  readonly capability: string;
  readonly inputDigest: string;
  readonly state: StepState;
  /** Whether it counts for the run's predicate once it succeeds. */
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
  | { readonly state: 'paused'; readonly cause: PauseCause; readonly deadlineAt: string }
  | { readonly state: 'done' | 'failed' | 'cancelled'; readonly endedAt: string; readonly reason: string };

export type StartedRun = {
  readonly kind: 'run';
  readonly runId: string;
  readonly sessionId: string;
  readonly agentId: string;
  readonly goal: string;
  readonly isGoalErased?: true;
  readonly predicate: Predicate;
  readonly policy: PolicyRef;
  readonly limits: BudgetLimits;
  readonly startedAt: string;
  readonly phase: Phase;
  /** The agent's newest completion claim stands: it was not refused. */
  readonly claimed: boolean;
  /** The step that waits for an approval. */
  readonly heldStepId?: string;
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
