import type { RunView } from '@causeway/contracts';
import { budgetOf, type StartedRun } from './domain/run.ts';

/** A run as the contract shows it, from what the ledger says: the view right after a command, whatever the projections have seen. */
export function runViewOf(run: StartedRun, position: number, at: string): RunView {
  const { runId, sessionId, agentId, goal, predicate, claimed, startedAt } = run;
  return {
    ...{ runId, sessionId, agentId, goal, predicate, claimed, startedAt, position },
    ...{ verified: run.phase.state === 'done', budget: budgetOf(run, at) },
    ...phaseOf(run),
  };
}

function phaseOf({
  phase,
}: StartedRun): Pick<RunView, 'state' | 'pauseCause' | 'pauseDeadlineAt' | 'endedAt' | 'endReason'> {
  switch (phase.state) {
    case 'active':
      return { state: 'active' };
    case 'paused':
      return { state: 'paused', pauseCause: phase.cause, pauseDeadlineAt: phase.deadlineAt };
    case 'done':
    case 'failed':
    case 'cancelled':
      return { state: phase.state, endedAt: phase.endedAt, endReason: phase.reason };
  }
}
