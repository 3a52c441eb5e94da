import type { BudgetLimits, RunOrchestratorEvent, RunView } from '@causeway/contracts';
import type { DocumentProjection } from '@causeway/postgres';
import { later } from '../edge.ts';

/** The run as lists and queries show it; `dueAt` is when the clock has to look at it. */
export type RunDocument = Omit<RunView, 'budget'> & {
  readonly limits: BudgetLimits;
  readonly usedSteps: number;
  readonly reservedSteps: number;
  readonly usedMs: number;
  readonly activeSince?: string;
  readonly dueAt?: string;
};

const RUN_EVENTS = /^(?:run|claim|budget)\./;

export const runsProjection: DocumentProjection<RunDocument> = {
  table: 'run_view',
  keysOf: ({ type, stream }) => (RUN_EVENTS.test(type) ? [stream] : []),
  evolve: (run, recorded) => {
    const event = recorded as unknown as RunOrchestratorEvent;
    const next = event.type === 'run.started' ? started(event) : run && changed(run, event);
    return next && { ...next, position: recorded.position };
  },
};

function started({ data }: Extract<RunOrchestratorEvent, { type: 'run.started' }>): RunDocument {
  const { runId, sessionId, agentId, goal, predicate, budget: limits, at } = data;
  return {
    ...{ runId, sessionId, agentId, goal, predicate, limits, startedAt: at, position: 0 },
    ...{ state: 'active', claimed: false, verified: false, usedSteps: 0, reservedSteps: 0, usedMs: 0 },
    ...{ activeSince: at, dueAt: later(at, limits.wallClockMs) },
  };
}

function changed(run: RunDocument, event: RunOrchestratorEvent): RunDocument {
  switch (event.type) {
    case 'run.paused': {
      const { cause: pauseCause, deadlineAt, wallClockUsedMs: usedMs } = event.data;
      const { activeSince: _, ...rest } = run;
      return { ...rest, state: 'paused', pauseCause, pauseDeadlineAt: deadlineAt, dueAt: deadlineAt, usedMs };
    }
    case 'run.resumed': {
      const { at } = event.data;
      const dueAt = later(at, Math.max(0, run.limits.wallClockMs - run.usedMs));
      return { ...withoutPause(run), state: 'active', activeSince: at, dueAt };
    }
    case 'run.claimed':
      return { ...run, claimed: true };
    case 'claim.refused':
      return { ...run, claimed: false };
    case 'budget.reserved':
      return { ...run, reservedSteps: run.reservedSteps + event.data.steps };
    case 'budget.settled': {
      const { steps } = event.data;
      return { ...run, reservedSteps: run.reservedSteps - steps, usedSteps: run.usedSteps + steps };
    }
    default:
      return ended(run, event);
  }
}

function ended(run: RunDocument, event: RunOrchestratorEvent): RunDocument {
  switch (event.type) {
    case 'run.done':
      return {
        ...atRest(run, event.data),
        state: 'done',
        verified: true,
        endReason: `verified by ${event.data.verifiedBy}`,
      };
    case 'run.failed':
      return { ...atRest(run, event.data), state: 'failed', endReason: `${event.data.code}: ${event.data.reason}` };
    case 'run.cancelled':
      return { ...atRest(run, event.data), state: 'cancelled', endReason: event.data.reason };
    default:
      return run;
  }
}

function atRest(run: RunDocument, { at, wallClockUsedMs }: { at: string; wallClockUsedMs: number }): RunDocument {
  const { activeSince: _, dueAt: __, ...rest } = withoutPause(run);
  return { ...rest, usedMs: wallClockUsedMs, endedAt: at };
}

function withoutPause(run: RunDocument): RunDocument {
  const { pauseCause: _, pauseDeadlineAt: __, ...rest } = run;
  return rest;
}

/** The document as the contract shows it; `at` is now, for the time a running budget has used. */
export function toRunView(
  { limits, usedSteps, reservedSteps, usedMs, activeSince, dueAt: _, ...view }: RunDocument,
  at: string,
): RunView {
  const activeMs = activeSince === undefined ? 0 : Math.max(0, Date.parse(at) - Date.parse(activeSince));
  const steps = { limit: limits.steps, used: usedSteps, reserved: reservedSteps };
  return { ...view, budget: { steps, wallClockMs: { limit: limits.wallClockMs, used: usedMs + activeMs } } };
}
