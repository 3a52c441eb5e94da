import type { RunOrchestratorEvent } from '@causeway/contracts';
import { NO_BEARING, type Bearing } from './predicates/predicate-tree.ts';
import { afterEnd, afterNote, afterStart, noProof, type Proof, type StepEnd } from './predicates/proof.ts';
import { stepOf, type StartedRun, type Step } from './run.ts';
import { currentSubgoal } from './subgoals.ts';

type Event = RunOrchestratorEvent;
type Change = (proof: Proof, bears: Bearing, predicate: StartedRun['predicate']) => Proof;

/** A step whose call may be on its way. */
const isUnderWay = (step: Step | undefined): boolean => step?.state === 'started' && step.attempt > 0;
const isOpen = (step: Step | undefined): boolean => step?.state === 'held' || isUnderWay(step);

/** What the run has shown after an event: `after` is the run with its steps as the event leaves them. */
export function withProof(before: StartedRun, after: StartedRun, event: Event): StartedRun {
  switch (event.type) {
    case 'subgoal.started': {
      const subgoal = after.subgoals?.find(({ subgoalId }) => subgoalId === event.data.subgoalId);
      return subgoal ? { ...after, subgoalProof: noProof(subgoal.predicate), subgoalSince: before.version + 1 } : after;
    }
    case 'run.noted':
      return noted(after, event);
    case 'step.started':
    case 'step.held':
    case 'step.denied':
    case 'step.succeeded':
    case 'step.failed':
    case 'step.unknown':
      return afterStepEvent(before, after, event);
    default:
      return after;
  }
}

function noted(run: StartedRun, { data }: Extract<Event, { type: 'run.noted' }>): StartedRun {
  const { key, digest, notedBy, at, matches = [], subgoalMatches = [] } = data;
  const subgoal = currentSubgoal(run);
  const notes = { ...run.notes, [key]: { digest, notedBy, at, version: run.version + 1 } };
  const proof = afterNote(run.predicate, run.proof, key, matches);
  if (!subgoal || !run.subgoalProof) return { ...run, notes, proof };
  return { ...run, notes, proof, subgoalProof: afterNote(subgoal.predicate, run.subgoalProof, key, subgoalMatches) };
}

type StepEvent = Extract<Event, { type: `step.${string}` }>;

function afterStepEvent(before: StartedRun, after: StartedRun, event: StepEvent): StartedRun {
  const was = stepOf(before, event.data.stepId);
  const is = stepOf(after, event.data.stepId);
  if (!is) return after;
  const openSteps = after.openSteps + Number(isOpen(is)) - Number(isOpen(was));
  const run = openSteps === after.openSteps ? after : { ...after, openSteps };
  if (isUnderWay(is) === isUnderWay(was)) return run;
  return isUnderWay(is) ? concerned(run, is, afterStart, afterStart) : afterStepEnd(run, is, event);
}

function afterStepEnd(run: StartedRun, step: Step, event: StepEvent): StartedRun {
  const { stepId, state, began = 0 } = step;
  const end = { stepId, state, began, version: run.version + 1 };
  const { matches = [], subgoalMatches = [] } = event.type === 'step.succeeded' ? event.data : {};
  return concerned(run, step, ended({ ...end, matches }), ended({ ...end, matches: subgoalMatches }));
}

const ended =
  (end: StepEnd): Change =>
  (proof, bears, predicate) =>
    afterEnd(predicate, proof, bears, end);

/** Both proofs of a run, as a step changes them: of the subgoal only when the step was asked for it. */
function concerned(run: StartedRun, { bears, subgoal }: Step, ofRun: Change, ofSubgoal: Change): StartedRun {
  const proof = ofRun(run.proof, bears, run.predicate);
  const current = currentSubgoal(run);
  const isForIt = subgoal !== undefined && current?.subgoalId === subgoal.subgoalId;
  if (!isForIt || !current || !run.subgoalProof) return proof === run.proof ? run : { ...run, proof };
  return { ...run, proof, subgoalProof: ofSubgoal(run.subgoalProof, subgoal.bears, current.predicate) };
}

/** What a step was recorded to bear on. Earlier versions told only whether it counts, for a predicate of one leaf; the first ones nothing. */
export function bearingIn(
  { bears, counts }: Pick<Extract<Event, { type: 'step.requested' }>['data'], 'bears' | 'counts'>,
  otherwise: () => Bearing,
): Bearing {
  if (bears) return { counts: bears.counts ?? [], voids: bears.voids ?? [] };
  if (counts === undefined) return otherwise();
  return counts ? FIRST_LEAF : NO_BEARING;
}

const FIRST_LEAF: Bearing = { counts: [0], voids: [] };
