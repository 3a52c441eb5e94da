import type { BudgetLimits, BudgetStatus, Rejection, RunOrchestratorEvent } from '@causeway/contracts';

/** Where a run's budget stands. `activeSince` is when its clock was started last; left out while the clock stands still. */
export type Budget = {
  readonly limits: BudgetLimits;
  readonly usedSteps: number;
  readonly reservedSteps: number;
  /** Active time up to the last pause, in ms. */
  readonly usedMs: number;
  readonly activeSince?: string;
};

/** A budget of which nothing is used; without `activeSince` its window is not open yet. */
export const openBudget = (limits: BudgetLimits, activeSince: string | undefined): Budget => ({
  ...{ limits, usedSteps: 0, reservedSteps: 0, usedMs: 0 },
  ...(activeSince === undefined ? {} : { activeSince }),
});

/** The budget after an event. */
export function evolveBudget(budget: Budget, event: RunOrchestratorEvent): Budget {
  switch (event.type) {
    case 'run.activated':
    case 'run.resumed':
      return { ...budget, activeSince: event.data.at };
    case 'run.paused':
    case 'run.done':
    case 'run.failed':
    case 'run.cancelled':
      return stopped(budget, event.data.wallClockUsedMs);
    case 'budget.reserved':
      return { ...budget, reservedSteps: budget.reservedSteps + event.data.steps };
    case 'budget.settled': {
      const { steps } = event.data;
      return { ...budget, reservedSteps: budget.reservedSteps - steps, usedSteps: budget.usedSteps + steps };
    }
    default:
      return budget;
  }
}

function stopped({ activeSince: _, ...budget }: Budget, usedMs: number): Budget {
  return { ...budget, usedMs };
}

/** Active time in ms at this moment. */
export function activeMs({ usedMs, activeSince }: Budget, at: string): number {
  return activeSince === undefined ? usedMs : usedMs + Math.max(0, elapsedMs(activeSince, at));
}

/** How many steps were started whose fate is not known yet. */
export const stepsInFlight = ({ reservedSteps }: Budget): number => reservedSteps;

/** How the budget is shown at this moment. */
export function budgetStatus(budget: Budget, at: string): BudgetStatus {
  const { limits, usedSteps, reservedSteps } = budget;
  return {
    steps: { limit: limits.steps, used: usedSteps, reserved: reservedSteps },
    wallClockMs: { limit: limits.wallClockMs, used: activeMs(budget, at) },
  };
}

/** Why nothing can be started within this budget any more. */
export function budgetRefusal(budget: Budget, at: string): Rejection | undefined {
  const { steps, wallClockMs } = budget.limits;
  if (budget.usedSteps + budget.reservedSteps >= steps) {
    const detail = `all ${steps} steps of the run's budget are used or reserved; claim completion, or ask an operator for another run`;
    return { code: 'BUDGET_STEPS_EXHAUSTED', detail };
  }
  if (activeMs(budget, at) < wallClockMs) return undefined;
  const detail = `the run was active for ${wallClockMs} ms, all its budget allows; ask an operator for another run`;
  return { code: 'BUDGET_WALL_CLOCK_EXHAUSTED', detail };
}

/** From one ISO 8601 instant to another, in ms. */
export const elapsedMs = (from: string, to: string): number => Date.parse(to) - Date.parse(from);
