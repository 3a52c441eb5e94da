import {
  METERS,
  type Amounts,
  type BudgetLimits,
  type BudgetStatus,
  type BudgetWarning,
  type ChargedMeter,
  type Meter,
  type OnLimit,
  type RunOrchestratorEvent,
} from '@causeway/contracts';
import { amountOf, amountsIn, minus, NOTHING, plus, sum } from './amounts.ts';

type Event = RunOrchestratorEvent;
type Extended = Extract<Event, { type: 'budget.extended' }>['data'];
type Started = Extract<Event, { type: 'run.started' }>['data'];

/** What a run holds of a pool. */
export type Allotment = {
  readonly amounts: Amounts;
  readonly draws: number;
  /** The pool knows that the run will draw no more. */
  readonly isClosed: boolean;
};

/** Where a run's budget stands. `activeSince` is when its clock was started last; left out while the clock stands still. */
export type Budget = {
  readonly limits: BudgetLimits;
  readonly onLimit: { readonly [M in Meter]?: OnLimit | undefined };
  /** What was added to a limit, and by which extensions. */
  readonly extended: { readonly [M in Meter]?: number };
  readonly extensions: readonly string[];
  readonly used: Amounts;
  readonly reserved: Amounts;
  /** Most repetitions of one step. */
  readonly retries: number;
  readonly warned: { readonly [M in Meter]?: readonly BudgetWarning[] };
  /** Meters of which only what was allotted by pools is used, and those allotments by pool, oldest first. */
  readonly pooled: readonly ChargedMeter[];
  readonly allotments: { readonly [pool: string]: Allotment };
  readonly allottedAt?: string;
  /** Active time up to the last pause, in ms. */
  readonly usedMs: number;
  readonly activeSince?: string;
  /** The approval that the whole run waits for, to go on beyond its time. */
  readonly waitsFor?: string;
};

export type BudgetTerms = Pick<Started, 'onLimit' | 'pooled'>;

/** A budget of which nothing is used; without `activeSince` its window is not open yet. */
export const openBudget = (limits: BudgetLimits, activeSince: string | undefined, terms: BudgetTerms = {}): Budget => ({
  ...{ limits, onLimit: terms.onLimit ?? {}, extended: {}, extensions: [], used: NOTHING, reserved: NOTHING },
  ...{ retries: 0, warned: {}, pooled: terms.pooled ?? [], allotments: {}, usedMs: 0 },
  ...(activeSince === undefined ? {} : { activeSince }),
});

/** The budget after an event. */
export function evolveBudget(budget: Budget, event: Event): Budget {
  switch (event.type) {
    case 'run.activated':
    case 'run.resumed': {
      const { waitsFor: _, ...rest } = budget;
      return { ...rest, activeSince: event.data.at };
    }
    case 'run.paused': {
      const { cause, approvalId, wallClockUsedMs } = event.data;
      const isForTime = cause === 'budget' && approvalId !== undefined;
      return { ...stopped(budget, wallClockUsedMs), ...(isForTime ? { waitsFor: approvalId } : {}) };
    }
    case 'run.done':
    case 'run.failed':
    case 'run.cancelled':
      return stopped(budget, event.data.wallClockUsedMs);
    default:
      return charged(budget, event);
  }
}

function charged(budget: Budget, event: Event): Budget {
  switch (event.type) {
    case 'budget.reserved':
      return { ...budget, reserved: plus(budget.reserved, amountsIn(event.data)) };
    case 'budget.settled': {
      const { released = { steps: event.data.steps }, retriesPerStep = 0 } = event.data;
      const used = plus(budget.used, amountsIn(event.data));
      const retries = Math.max(budget.retries, retriesPerStep);
      return { ...budget, used, reserved: minus(budget.reserved, released), retries };
    }
    case 'budget.warned': {
      const { meter, warning } = event.data;
      return { ...budget, warned: { ...budget.warned, [meter]: [...(budget.warned[meter] ?? []), warning] } };
    }
    case 'budget.extended':
      return extended(budget, event.data);
    case 'budget.allotted': {
      const { pool, draw: draws, amounts, at } = event.data;
      const held = allotmentOf(budget, pool).amounts;
      return {
        ...withAllotment(budget, pool, { amounts: plus(held, amounts), draws, isClosed: false }),
        allottedAt: at,
      };
    }
    case 'budget.returned': {
      const { pool, amounts, isLast: isClosed } = event.data;
      const { amounts: held, draws } = allotmentOf(budget, pool);
      return withAllotment(budget, pool, { amounts: minus(held, amounts), draws, isClosed });
    }
    default:
      return budget;
  }
}

function extended(budget: Budget, { meter, delta, extensionId, approvalId }: Extended): Budget {
  const extensions = [...budget.extensions, extensionId ?? approvalId ?? ''];
  return { ...budget, extended: { ...budget.extended, [meter]: (budget.extended[meter] ?? 0) + delta }, extensions };
}

const allotmentOf = ({ allotments }: Budget, pool: string): Allotment =>
  allotments[pool] ?? { amounts: NOTHING, draws: 0, isClosed: true };
const withAllotment = (budget: Budget, pool: string, allotment: Allotment): Budget => ({
  ...budget,
  allotments: { ...budget.allotments, [pool]: allotment },
});

function stopped({ activeSince: _, waitsFor: __, ...budget }: Budget, usedMs: number): Budget {
  return { ...budget, usedMs };
}

/** Active time in ms at this moment. */
export function activeMs({ usedMs, activeSince }: Pick<Budget, 'usedMs' | 'activeSince'>, at: string): number {
  return activeSince === undefined ? usedMs : usedMs + Math.max(0, elapsedMs(activeSince, at));
}

/** How many steps were started whose fate is not known yet. */
export const stepsInFlight = ({ reserved }: Budget): number => amountOf(reserved, 'steps');

/** A meter's limit with its extensions; undefined when it has none. */
export function limitOf({ limits, extended }: Pick<Budget, 'limits' | 'extended'>, meter: Meter): number | undefined {
  const limit = limits[meter];
  return limit === undefined ? undefined : limit + (extended[meter] ?? 0);
}

/** What a charged meter has left; undefined when it has no limit. May be negative where a limit only warns, or more was used than reserved. */
export function leftOf(budget: Budget, meter: ChargedMeter): number | undefined {
  const limit = limitOf(budget, meter);
  return limit === undefined ? undefined : limit - amountOf(budget.used, meter) - amountOf(budget.reserved, meter);
}

/** What the pools allotted and the run neither used nor reserved; negative where more was used than reserved. */
export function freeOf({ allotments, used, reserved, pooled }: Budget): Amounts {
  const held = sum(Object.values(allotments).map(({ amounts }) => amounts));
  const free = minus(minus(held, used), reserved);
  return Object.fromEntries(pooled.map((meter) => [meter, amountOf(free, meter)]));
}

/** How the budget is shown at this moment. */
export function budgetStatus(budget: Budget, at: string): BudgetStatus {
  const others = METERS.filter((meter) => meter !== 'steps' && meter !== 'wallClockMs').flatMap((meter) => {
    const limit = limitOf(budget, meter);
    if (limit === undefined) return [];
    return [[meter, meter === 'retriesPerStep' ? { limit, used: budget.retries } : statusOf(budget, meter)]];
  });
  return {
    steps: statusOf(budget, 'steps'),
    wallClockMs: { limit: limitOf(budget, 'wallClockMs') ?? 0, used: activeMs(budget, at) },
    ...Object.fromEntries(others),
  };
}

const statusOf = (budget: Budget, meter: ChargedMeter) => ({
  limit: limitOf(budget, meter) ?? 0,
  used: amountOf(budget.used, meter),
  reserved: amountOf(budget.reserved, meter),
});

/** From one ISO 8601 instant to another, in ms. */
export const elapsedMs = (from: string, to: string): number => Date.parse(to) - Date.parse(from);
