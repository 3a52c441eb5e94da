import type { Rejection, RunOrchestratorEvent } from '@causeway/contracts';
import type { Decision } from '@causeway/eventing';
import { isOver, type StartedRun } from './run.ts';

export type RunDecision = Decision<RunOrchestratorEvent, Rejection>;

/** Why a paused run takes nothing from its agent now. */
export function pausedRefusal(run: StartedRun): Rejection {
  const phase = run.phase.state === 'paused' ? run.phase : undefined;
  return { code: 'RUN_PAUSED', detail: `${run.runId} is paused (${phase?.cause}) until ${phase?.deadlineAt} at the latest; ask again when it is active` };
}

/** Why a run that is over takes nothing any more. */
export function overRefusal(run: StartedRun): Rejection {
  return { code: 'RUN_NOT_ACTIVE', detail: `${run.runId} is ${run.phase.state}${isOver(run) ? ' for good; start another run' : ''}` };
}
