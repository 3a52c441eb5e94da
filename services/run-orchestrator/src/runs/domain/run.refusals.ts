import type { Meter, Rejection, RunOrchestratorEvent } from '@causeway/contracts';
import type { Decision } from '@causeway/eventing';
import type { Lack } from './reservation.ts';
import { isOver, type StartedRun } from './run.ts';
import type { Mover } from './transitions.ts';

/** What the decider has to know before it can decide: how much the pools give, or what exactly a person is to be asked. */
export type Wanted =
  | { readonly kind: 'allotment'; readonly lack: Lack }
  | { readonly kind: 'extension'; readonly meter: Meter; readonly delta: number };

/** A refusal; with `wanted` it stands only for as long as nobody finds that out and asks again. */
export type RunRejection = Rejection & { readonly wanted?: Wanted };
export type RunDecision = Decision<RunOrchestratorEvent, RunRejection>;

/** What somebody is told who names a run that is not there, or not theirs to see. */
export const noSuchRun: Rejection = {
  code: 'RUN_NOT_FOUND',
  detail: 'there is no such run; check the id, or start one',
};
export const notYourRun: Rejection = { code: 'RUN_NOT_FOUND', detail: 'this session has no such run' };

/** Why a paused run takes nothing from its agent now. */
export function pausedRefusal(run: StartedRun): Rejection {
  const phase = run.phase.state === 'paused' ? run.phase : undefined;
  return {
    code: 'RUN_PAUSED',
    detail: `${run.runId} is paused (${phase?.cause}) until ${phase?.deadlineAt} at the latest; ask again when it is active`,
  };
}

/** Why a run that is over takes nothing any more, and one that has not begun nothing yet. */
export function overRefusal(run: StartedRun): Rejection {
  if (run.phase.state === 'scheduled') {
    return { code: 'RUN_NOT_ACTIVE', detail: `${run.runId} begins at ${run.phase.startsAt}; ask again then` };
  }
  return {
    code: 'RUN_NOT_ACTIVE',
    detail: `${run.runId} is ${run.phase.state}${isOver(run) ? ' for good; start another run' : ''}`,
  };
}

/** Why a run does not move along an edge that is not in the table, or not for this mover. */
export function moveRefusal(move: { from: string; to: string }, mover: Mover, why = ''): Rejection {
  return {
    code: 'RUN_TRANSITION_REFUSED',
    detail: `the run is ${move.from === 'none' ? 'not started' : move.from}; ${mover} cannot make it ${move.to}${why ? `: ${why}` : ''}`,
  };
}
