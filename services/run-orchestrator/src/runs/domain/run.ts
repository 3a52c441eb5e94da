import type { StepState } from '@causeway/contracts';
import { valueAt, type LayeredMap } from '@causeway/eventing';
import type { Bearing } from './predicates/predicate-tree.ts';
import type { Proof } from './predicates/proof.ts';
import type { RunSummary } from './run-summary.ts';

/** What the decider keeps of a step; inputs and results stay in the ledger, at these versions of the run's stream. */
export type Step = {
  readonly stepId: string;
  readonly capability: string;
  readonly inputDigest: string;
  readonly state: StepState;
  /** What it bears on in the run's predicate. */
  readonly bears: Bearing;
  /** The subgoal that it was asked for, and what it bears on there. */
  readonly subgoal?: { readonly subgoalId: string; readonly bears: Bearing };
  /** Version at which its first attempt started. */
  readonly began?: number;
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

/** A note without its value, which stays in the ledger at this version of the run's stream. */
export type Note = {
  readonly digest: string;
  readonly notedBy: string;
  readonly at: string;
  readonly version: number;
};

export type StartedRun = RunSummary & {
  readonly kind: 'run';
  readonly isGoalErased?: true;
  /** The step that waits for an approval. */
  readonly heldStepId?: string;
  /** What the run has shown of its predicate. */
  readonly proof: Proof;
  /** What it has shown of its current subgoal's predicate, and the version since which that is the current one. */
  readonly subgoalProof?: Proof;
  readonly subgoalSince?: number;
  readonly notes: Readonly<Record<string, Note>>;
  /** Steps that are held, or whose call may be on its way. */
  readonly openSteps: number;
  readonly steps: LayeredMap<Step>;
  /** Events seen: the version of the stream. */
  readonly version: number;
};
export type Run = { readonly kind: 'none' } | StartedRun;

export const noRun = (): Run => ({ kind: 'none' });
export const stepOf = (run: StartedRun, stepId: string): Step | undefined => valueAt(run.steps, stepId);
export const noteOf = (run: StartedRun, key: string): Note | undefined =>
  Object.hasOwn(run.notes, key) ? run.notes[key] : undefined;
export const isOver = ({ phase }: Pick<RunSummary, 'phase'>): boolean =>
  phase.state === 'done' || phase.state === 'failed' || phase.state === 'cancelled';
