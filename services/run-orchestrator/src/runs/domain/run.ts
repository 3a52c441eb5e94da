import type { Amounts, PolicyRef, StepFinding, StepState } from '@causeway/contracts';
import { valueAt, type LayeredMap } from '@causeway/eventing';
import type { Bearing } from './predicates/predicate-tree.ts';
import type { Proof } from './predicates/proof.ts';
import type { RunSummary } from './run-summary.ts';
import type { Signals } from './signals.ts';

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
  /** The policy that decided about it, once it is decided. */
  readonly policy?: PolicyRef;
  readonly callId?: string;
  readonly executor?: string;
  readonly deadlineAt?: string;
  readonly approvalId?: string;
  readonly digest?: string;
  readonly isKilled?: true;
  /** What a person found out, once the outcome was unknown. */
  readonly finding?: StepFinding;
  /** What is reserved for it until its fate is settled. */
  readonly reserved?: Amounts;
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
export type Done = { readonly version: number; readonly what: string };

export type StartedRun = RunSummary & {
  readonly kind: 'run';
  /** Whoever lets an agent work does not approve what it asks for. */
  readonly startedBy: string;
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
  readonly occupiesSession?: true;
  readonly signals: Signals;
  /** What was asked under an id of its own and has been done: the version of the event that did it, and what else tells it apart. */
  readonly done: LayeredMap<Done>;
  /** Version of the newest checkpoint's event. */
  readonly checkpointVersion?: number;
  /** Events seen: the version of the stream. */
  readonly version: number;
};
export type Run = { readonly kind: 'none' } | StartedRun;

export const noRun = (): Run => ({ kind: 'none' });
export const stepOf = (run: StartedRun, stepId: string): Step | undefined => valueAt(run.steps, stepId);
export const noteOf = (run: StartedRun, key: string): Note | undefined =>
  Object.hasOwn(run.notes, key) ? run.notes[key] : undefined;
export const doneOf = (run: StartedRun, id: string): Done | undefined => valueAt(run.done, id);
/** Whether it takes nothing: it has ended, or not begun. */
export const isOver = ({ phase }: RunSummary): boolean => phase.state !== 'active' && phase.state !== 'paused';
/** Whether it has ended, for good. */
export const hasEnded = (run: RunSummary): boolean => isOver(run) && run.phase.state !== 'scheduled';
