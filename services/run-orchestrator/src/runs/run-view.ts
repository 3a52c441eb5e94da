import type { RunView, SubgoalView } from '@causeway/contracts';
import { budgetStatus, stepsInFlight } from './domain/budget.ts';
import type { RunSummary } from './domain/run-summary.ts';
import type { SubgoalStatus } from './domain/subgoals.ts';
import { lifeEndsAt, silentAt } from './domain/watch.ts';

/** A run as the contract shows it at this moment; `position` is that of its newest event. */
export function runViewOf(run: RunSummary, position: number, at: string): RunView {
  const { runId, sessionId, agentId, goal, predicate, policy, claimed, startedAt } = run;
  return {
    ...{ runId, sessionId, agentId, goal, predicate, policy, claimed, startedAt, position },
    ...(run.subgoals ? { subgoals: run.subgoals.map(subgoalViewOf) } : {}),
    ...(run.startsAt === undefined ? {} : { startsAt: run.startsAt }),
    ...(run.schedule === undefined ? {} : { schedule: run.schedule }),
    ...{ verified: run.phase.state === 'done', budget: budgetStatus(run.budget, at) },
    ...phaseOf(run),
    ...watchOf(run),
    ...(run.segment ? { segment: run.segment } : {}),
  };
}

const subgoalViewOf = ({ isGoalErased: _, ...subgoal }: SubgoalStatus): SubgoalView => subgoal;

function phaseOf({
  phase,
}: RunSummary): Pick<
  RunView,
  'state' | 'pauseCause' | 'pauseDeadlineAt' | 'waitsFor' | 'resumesAt' | 'endedAt' | 'endReason'
> {
  switch (phase.state) {
    case 'scheduled':
    case 'active':
      return { state: phase.state };
    case 'paused':
      return {
        ...{ state: 'paused', pauseCause: phase.cause, pauseDeadlineAt: phase.deadlineAt },
        ...(phase.waitsFor === undefined ? {} : { waitsFor: phase.waitsFor }),
        ...(phase.resumeAt === undefined ? {} : { resumesAt: phase.resumeAt }),
      };
    case 'done':
    case 'failed':
    case 'cancelled':
      return { state: phase.state, endedAt: phase.endedAt, endReason: phase.reason };
  }
}

/** What the clock watches for, of a run that is not over. A lease runs only while the agent is the one to act. */
function watchOf({ phase, budget, watch }: RunSummary): Pick<RunView, 'silentAt' | 'lifeEndsAt'> {
  if (phase.state !== 'active' && phase.state !== 'paused') return {};
  const silent = phase.state === 'active' && stepsInFlight(budget) === 0 ? silentAt(watch) : undefined;
  const ends = lifeEndsAt(watch);
  return { ...(silent === undefined ? {} : { silentAt: silent }), ...(ends === undefined ? {} : { lifeEndsAt: ends }) };
}
