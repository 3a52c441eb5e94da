import type { StepState } from '@causeway/contracts';
import { valueAt, type LayeredMap } from '@causeway/eventing';
import type { Proof } from './predicate.ts';
import type { RunSummary } from './run-summary.ts';

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

export type StartedRun = RunSummary & {
  readonly kind: 'run';
  readonly isGoalErased?: true;
  /** The step that waits for an approval. */
  readonly heldStepId?: string;
  readonly proof: Proof;
  readonly steps: LayeredMap<Step>;
  /** Events seen: the version of the stream. */
  readonly version: number;
};
export type Run = { readonly kind: 'none' } | StartedRun;

export const noRun = (): Run => ({ kind: 'none' });
export const stepOf = (run: StartedRun, stepId: string): Step | undefined => valueAt(run.steps, stepId);
export const isOver = ({ phase }: RunSummary): boolean => phase.state !== 'active' && phase.state !== 'paused';
