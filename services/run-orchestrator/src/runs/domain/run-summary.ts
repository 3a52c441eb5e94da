import type { PauseCause, PolicyRef, Predicate, RunOrchestratorEvent } from '@causeway/contracts';
import { evolveSubgoals, queued, type SubgoalStatus } from './subgoals.ts';
import { evolveBudget, openBudget, type Budget } from './budget.ts';
import { evolveWatch, openWatch, type Watch } from './watch.ts';

export type Phase =
  | { readonly state: 'scheduled'; readonly startsAt: string }
  | { readonly state: 'active' }
  | {
      readonly state: 'paused';
      readonly cause: PauseCause;
      readonly deadlineAt: string;
      /** The signal that ends it. */
      readonly waitsFor?: string;
      /** When the clock ends it, well. */
      readonly resumeAt?: string;
    }
  | { readonly state: 'done' | 'failed' | 'cancelled'; readonly endedAt: string; readonly reason: string };

/** A run without its steps: what the decider, the views and the answers have in common. */
export type RunSummary = {
  readonly runId: string;
  readonly sessionId: string;
  readonly agentId: string;
  readonly goal: string;
  readonly predicate: Predicate;
  readonly policy: PolicyRef;
  readonly startedAt: string;
  /** When it was to become active, for a run that was started to begin later. */
  readonly startsAt?: string;
  /** The occurrence of a schedule that it is the run of. */
  readonly schedule?: { readonly scheduleId: string; readonly occurrence: string };
  readonly phase: Phase;
  /** The agent's newest completion claim stands: it was not refused. */
  readonly claimed: boolean;
  readonly budget: Budget;
  /** In the order in which they are taken up; left out when the run was given none. */
  readonly subgoals?: readonly SubgoalStatus[];
  readonly watch: Watch;
  /** Steps started since the start or the last checkpoint, and how many may be; left out: any number. */
  readonly segment?: { readonly limit: number; readonly used: number };
};

type Started = Extract<RunOrchestratorEvent, { type: 'run.started' }>;

export function startedSummary({ data, erased }: Started): RunSummary {
  const subgoals = data.subgoals?.map((subgoal) => queued(subgoal, { erased: erased === true }));
  const { runId, sessionId, agentId, goal, predicate, policy, budget, segmentSteps, at: startedAt } = data;
  const { startsAt, schedule } = data;
  return {
    ...{ runId, sessionId, agentId, goal, predicate, policy, startedAt },
    ...(startsAt === undefined ? {} : { startsAt }),
    ...(schedule === undefined ? {} : { schedule }),
    ...{ phase: startsAt === undefined ? { state: 'active' } : { state: 'scheduled', startsAt }, claimed: false },
    ...{ budget: openBudget(budget, startsAt === undefined ? startedAt : undefined, data), watch: openWatch(data) },
    ...(subgoals ? { subgoals } : {}),
    ...(segmentSteps === undefined ? {} : { segment: { limit: segmentSteps, used: 0 } }),
  };
}

/** The part of a run after an event, whatever else belongs to it. */
export function evolveSummary<Summary extends RunSummary>(run: Summary, event: RunOrchestratorEvent): Summary {
  const budget = evolveBudget(run.budget, event);
  const phase = phaseAfter(run.phase, event);
  const claimed = claimedAfter(run.claimed, event);
  const subgoals = evolveSubgoals(run.subgoals, event);
  const watch = evolveWatch(run.watch, event);
  const segment = segmentAfter(run.segment, event);
  const policy = event.type === 'run.moved' ? event.data.policy : run.policy;
  const same = [budget === run.budget, phase === run.phase, claimed === run.claimed, subgoals === run.subgoals];
  if ([...same, watch === run.watch, segment === run.segment, policy === run.policy].every(Boolean)) return run;
  const told = { ...(subgoals ? { subgoals } : {}), ...(segment ? { segment } : {}) };
  return { ...run, policy, budget, phase, claimed, watch, ...told };
}

function segmentAfter(segment: RunSummary['segment'], { type }: RunOrchestratorEvent): RunSummary['segment'] {
  if (segment === undefined) return undefined;
  if (type === 'budget.reserved') return { ...segment, used: segment.used + 1 };
  return type === 'run.checkpointed' ? { ...segment, used: 0 } : segment;
}

function claimedAfter(claimed: boolean, { type }: RunOrchestratorEvent): boolean {
  if (type === 'run.claimed') return true;
  return type === 'claim.refused' ? false : claimed;
}

function phaseAfter(phase: Phase, event: RunOrchestratorEvent): Phase {
  switch (event.type) {
    case 'run.paused': {
      const { cause, deadlineAt, waitsFor, resumeAt } = event.data;
      return {
        state: 'paused',
        cause,
        deadlineAt,
        ...(waitsFor ? { waitsFor } : {}),
        ...(resumeAt ? { resumeAt } : {}),
      };
    }
    case 'run.activated':
    case 'run.resumed':
      return { state: 'active' };
    case 'run.done': {
      const { at: endedAt, verifiedBy } = event.data;
      return { state: 'done', endedAt, reason: `verified by ${verifiedBy}` };
    }
    case 'run.failed': {
      const { at: endedAt, code, reason } = event.data;
      return { state: 'failed', endedAt, reason: `${code}: ${reason}` };
    }
    case 'run.cancelled': {
      const { at: endedAt, reason } = event.data;
      return { state: 'cancelled', endedAt, reason };
    }
    default:
      return phase;
  }
}
