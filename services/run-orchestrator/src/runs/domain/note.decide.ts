import { MAX_NOTES, type Rejection, type RunOrchestratorEvent } from '@causeway/contracts';
import { accept, refuse } from '@causeway/eventing';
import { noteMatches } from './predicates/watched.ts';
import type { RunCommand } from './run.commands.ts';
import { notYourRun, overRefusal, pausedRefusal, type RunDecision } from './run.refusals.ts';
import { isOver, noteOf, type StartedRun } from './run.ts';
import { currentSubgoal } from './subgoals.ts';

type Note = Extract<RunCommand, { type: 'note' }>;

/** The agent notes a value: which leaves it holds for is decided now and recorded, because the value can be erased. */
export function note(command: Note, run: StartedRun): RunDecision {
  const { sessionId, key, digest } = command;
  if (run.sessionId !== sessionId || run.agentId !== command.by) return refuse(notYourRun);
  const known = noteOf(run, key);
  if (known?.digest === digest && !isNewToSubgoal(run, known.version)) return accept();
  if (isOver(run)) return refuse(overRefusal(run));
  if (run.phase.state === 'paused') return refuse(pausedRefusal(run));
  if (!known && Object.keys(run.notes).length >= MAX_NOTES) return refuse(full);
  return accept(noted(command, run));
}

function noted({ key, value, digest, by: notedBy, at }: Note, run: StartedRun): RunOrchestratorEvent {
  const subgoal = currentSubgoal(run);
  const matches = noteMatches(run.predicate, key, value);
  const subgoalMatches = subgoal ? noteMatches(subgoal.predicate, key, value) : [];
  return {
    type: 'run.noted',
    data: {
      ...{ key, value, digest, notedBy, at },
      ...(matches.length > 0 ? { matches: [...matches] } : {}),
      ...(subgoalMatches.length > 0 ? { subgoalMatches: [...subgoalMatches] } : {}),
    },
  };
}

/** Whether a note was made before the current subgoal was taken up: what was noted then does not count for it. */
const isNewToSubgoal = (run: StartedRun, version: number): boolean =>
  !isOver(run) && run.phase.state === 'active' && run.subgoalSince !== undefined && version < run.subgoalSince;

const full: Rejection = {
  code: 'NOTES_FULL',
  detail: `a run keeps at most ${MAX_NOTES} notes; note under a name that is there already`,
};
