import type { RunView, SubgoalView } from '@causeway/contracts';
import { budgetStatus } from './domain/budget.ts';
import type { RunSummary } from './domain/run-summary.ts';
import type { SubgoalStatus } from './domain/subgoals.ts';

/** A run as the contract shows it at this moment; `position` is that of its newest event. */
export function runViewOf(run: RunSummary, position: number, at: string): RunView {
  const { runId, sessionId, agentId, goal, predicate, claimed, startedAt } = run;
  return {
    ...{ runId, sessionId, agentId, goal, predicate, claimed, startedAt, position },
    ...(run.subgoals ? { subgoals: run.subgoals.map(subgoalViewOf) } : {}),
    ...(run.startsAt === undefined ? {} : { startsAt: run.startsAt }),
    ...(run.schedule === undefined ? {} : { schedule: run.schedule }),
    ...{ verified: run.phase.state === 'done', budget: budgetStatus(run.budget, at) },
    ...phaseOf(run),
  };
}

const subgoalViewOf = ({ isGoalErased: _, ...subgoal }: SubgoalStatus): SubgoalView => subgoal;

function phaseOf({
  phase,
}: RunSummary): Pick<RunView, 'state' | 'pauseCause' | 'pauseDeadlineAt' | 'endedAt' | 'endReason'> {
  switch (phase.state) {
    case 'scheduled':
    case 'active':
      return { state: phase.state };
    case 'paused':
      return { state: 'paused', pauseCause: phase.cause, pauseDeadlineAt: phase.deadlineAt };
    case 'done':
    case 'failed':
    case 'cancelled':
      return { state: phase.state, endedAt: phase.endedAt, endReason: phase.reason };
  }
}
