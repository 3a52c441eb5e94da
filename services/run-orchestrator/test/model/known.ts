import { LIMITS, RUNS, STEPS, type StepName } from './scene.ts';

/** A step as the model knows it. */
export type ModelStep = {
  readonly content: string;
  readonly state: 'requested' | 'started' | 'held' | 'succeeded' | 'failed' | 'denied' | 'unknown';
  readonly attempt: number;
  readonly isReserved: boolean;
  readonly approvalId?: string;
  readonly code?: string;
  /** Of its newest event. */
  readonly position: number;
};
export type ModelRun = {
  readonly runId: string;
  readonly sessionId: string;
  readonly state: 'active' | 'paused' | 'done' | 'failed' | 'cancelled';
  readonly cause?: string;
  readonly deadlineAt?: string;
  readonly limit: number;
  readonly used: number;
  readonly usedMs: number;
  readonly since: string;
  readonly startedAt: string;
  readonly heardAt: string;
  readonly isClaimed: boolean;
  readonly done: readonly string[];
  readonly steps: { readonly [stepId: string]: ModelStep };
};
export type ModelApproval = {
  readonly state: 'pending' | 'granted' | 'denied' | 'returned' | 'expired' | 'consumed' | 'withdrawn';
  readonly runId: string;
  readonly stepId: string;
  readonly digest: string;
  readonly statement: string | undefined;
  readonly expiresAt: string;
  /** The first word that counted: it stays, whatever becomes of the approval. */
  readonly decision?: { readonly by: string; readonly as: ModelApproval['state'] };
};
export type ModelSession = { readonly isOpen: boolean; readonly runId?: string | undefined };
export type Known = {
  readonly runs: { readonly [id: string]: ModelRun };
  readonly approvals: { readonly [id: string]: ModelApproval };
  readonly sessions: { readonly [id: string]: ModelSession };
};

/** How many steps are promised. */
export const reservedOf = ({ steps }: ModelRun): number =>
  Object.values(steps).filter(({ isReserved }) => isReserved).length;
export const isOver = ({ state }: ModelRun): boolean => state !== 'active' && state !== 'paused';
export const kindOf = (stepId: string) => STEPS[stepId as StepName];

const elapsed = (from: string, to: string): number => Math.max(0, Date.parse(to) - Date.parse(from));
/** How long it was active until then, in ms. */
export const activeMs = ({ state, usedMs, since }: ModelRun, at: string): number =>
  usedMs + (state === 'active' ? elapsed(since, at) : 0);

/** What a step that is asked for now becomes. */
export function becomes(run: ModelRun, stepId: string, at: string): string {
  const { verdict } = kindOf(stepId);
  if (verdict === 'deny') return 'POLICY_DENIED';
  if (run.used + reservedOf(run) >= run.limit) return 'BUDGET_STEPS_EXHAUSTED';
  if (activeMs(run, at) >= LIMITS.wallClockMs) return 'BUDGET_WALL_CLOCK_EXHAUSTED';
  return verdict === 'ask' ? 'held' : 'started';
}

/** The first run waits for a person's word, the others for one fetch that succeeded. */
export const isManual = (runId: string): boolean => runId === RUNS[0];
export const hasSucceeded = ({ steps }: ModelRun): boolean =>
  Object.values(steps).some(({ state }) => state === 'succeeded');
/** Whether what its predicate asks for was shown, as far as this model knows. */
export const mayBeDone = (run: ModelRun): boolean => (isManual(run.runId) ? run.state === 'paused' : hasSucceeded(run));

/** Whether the clock may fail it for this reason, now. */
export function mayFail(run: ModelRun, { code, at }: { code: string; at: string }): boolean {
  switch (code) {
    case 'BUDGET_WALL_CLOCK_EXHAUSTED':
      return run.state === 'active' && activeMs(run, at) >= LIMITS.wallClockMs;
    case 'RUN_AGENT_SILENT':
      return run.state === 'active' && reservedOf(run) === 0 && elapsed(run.heardAt, at) >= LIMITS.agentLeaseMs;
    case 'RUN_LIFE_ENDED':
      return elapsed(run.startedAt, at) >= LIMITS.maxLifeMs;
    case 'RUN_PAUSE_EXPIRED':
      return run.state === 'paused' && run.cause !== 'approval' && at >= (run.deadlineAt ?? '');
    default:
      return false;
  }
}

const MAX_ATTEMPTS = 3;
/** Whether an attempt may follow another: never of a step that writes, never for a run that is over. */
export function mayRepeat(run: ModelRun, stepId: string, attempt: number): boolean {
  const step = run.steps[stepId];
  const isNext = step?.state === 'started' && step.attempt + 1 === attempt;
  return isNext && !kindOf(stepId).writes && attempt <= MAX_ATTEMPTS && !isOver(run);
}
