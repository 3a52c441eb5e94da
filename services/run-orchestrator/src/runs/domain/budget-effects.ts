import {
  METERS,
  type Amounts,
  type BudgetWarning,
  type ChargedMeter,
  type RunOrchestratorEvent,
} from '@causeway/contracts';
import type { SideWrite } from '@causeway/eventing';
import { amountOf, amountsBy, isNothing, minus, positive } from './amounts.ts';
import { activeMs, evolveBudget, freeOf, limitOf, type Budget } from './budget.ts';
import { modeOf } from './reservation.ts';

type Event = RunOrchestratorEvent;

/** Shares of a limit that are worth a warning, each once. */
const THRESHOLDS: readonly (readonly [BudgetWarning, number])[] = [
  ['half', 0.5],
  ['most', 0.8],
];

/** The warnings that became due and were not given yet. `committed` is what is used or reserved. */
export function warningsDue(
  figure: { readonly limit: number; readonly used: number; readonly committed: number; readonly isSoft: boolean },
  given: readonly BudgetWarning[],
): readonly BudgetWarning[] {
  const { limit, used, committed, isSoft } = figure;
  const crossed = THRESHOLDS.filter(([, share]) => used > 0 && used >= share * limit).map(([warning]) => warning);
  const all: readonly BudgetWarning[] = isSoft && committed > limit ? [...crossed, 'limit'] : crossed;
  return all.filter((warning) => !given.includes(warning));
}

/** Warnings for what these events did to the budget, each meter's 50 % and 80 % once, in the append that crosses it. Time is the clock's. */
export function warningsAfter(before: Budget, events: readonly Event[], at: string): readonly Event[] {
  if (!events.some(({ type }) => type === 'budget.reserved' || type === 'budget.settled')) return [];
  const after = events.reduce(evolveBudget, before);
  const crossed = METERS.filter((meter) => meter !== 'wallClockMs').flatMap((meter) => {
    const limit = limitOf(after, meter);
    if (limit === undefined) return [];
    const used = meter === 'retriesPerStep' ? after.retries : amountOf(after.used, meter);
    const committed = meter === 'retriesPerStep' ? 0 : used + amountOf(after.reserved, meter);
    const figure = { limit, used, committed, isSoft: modeOf(after, meter) === 'warn' };
    return warningsDue(figure, after.warned[meter] ?? []).map((warning) => warned({ meter, warning, limit, used, at }));
  });
  return [...crossed, ...overshoots(after, events, at)];
}

function overshoots(after: Budget, events: readonly Event[], at: string): readonly Event[] {
  return events.flatMap((event) => {
    if (event.type !== 'budget.settled') return [];
    const { data } = event;
    const { released = { steps: data.steps } } = data;
    const meters = Object.keys(positive(minus(usedIn(data), released))) as ChargedMeter[];
    return meters
      .filter((meter) => after.limits[meter] !== undefined && after.warned[meter]?.includes('overshoot') !== true)
      .map((meter) => {
        const figures = { limit: amountOf(released, meter), used: data[meter] ?? 0 };
        return warned({ meter, warning: 'overshoot', ...figures, at });
      });
  });
}

const usedIn = (data: Extract<Event, { type: 'budget.settled' }>['data']): Amounts =>
  amountsBy((meter) => data[meter] ?? 0);

type Warned = Extract<Event, { type: 'budget.warned' }>['data'];
const warned = (data: Warned): Event => ({ type: 'budget.warned', data });

/** What the clock has to say of a run's time now. */
export function timeWarnings(budget: Budget, at: string): readonly Event[] {
  const limit = limitOf(budget, 'wallClockMs') ?? Infinity;
  const used = activeMs(budget, at);
  const isSoft = modeOf(budget, 'wallClockMs') === 'warn';
  const due = warningsDue({ limit, used, committed: used + 1, isSoft }, budget.warned.wallClockMs ?? []);
  return due.map((warning) => warned({ meter: 'wallClockMs', warning, limit, used, at }));
}

/** The active time in ms at which the clock has to look at the run next; undefined when never. */
export function nextTimeMark(budget: Budget): number | undefined {
  const limit = limitOf(budget, 'wallClockMs') ?? 0;
  const given = budget.warned.wallClockMs ?? [];
  const next = THRESHOLDS.find(([warning]) => !given.includes(warning));
  if (next) return Math.ceil(next[1] * limit);
  return modeOf(budget, 'wallClockMs') === 'warn' && given.includes('limit') ? undefined : limit;
}

export type GivenBack = { readonly events: readonly Event[]; readonly also: readonly SideWrite<Event>[] };
const NOTHING_BACK: GivenBack = { events: [], also: [] };

/**
 * What the run gives back to its pools: everything that it neither used nor reserved, to the newest pool first. `isOver`: it will need no
 * more; once nothing is reserved either, that is the last of it.
 */
export function givenBack(
  { runId, budget }: { readonly runId: string; readonly budget: Budget },
  { isOver, at, only }: { readonly isOver: boolean; readonly at: string; readonly only?: string },
): GivenBack {
  let free = positive(freeOf(budget));
  const isLast = isOver && isNothing(budget.reserved);
  const back: { pool: string; amounts: Amounts }[] = [];
  for (const [pool, held] of Object.entries(budget.allotments).reverse()) {
    if (only !== undefined && only !== pool) continue;
    const amounts = atMost(free, positive(held.amounts));
    free = minus(free, amounts);
    if (!isNothing(amounts) || (isLast && !held.isClosed)) back.push({ pool, amounts });
  }
  if (back.length === 0) return NOTHING_BACK;
  return {
    events: back.map((one) => ({ type: 'budget.returned', data: { ...one, isLast, at } })),
    also: back.map(({ pool, amounts }) => ({
      stream: pool,
      expected: 'exists',
      events: [{ type: 'pool.returned', data: { holder: runId, amounts, isLast, at } }],
    })),
  };
}

export const atMost = (one: Amounts, other: Amounts): Amounts =>
  amountsBy((meter) => Math.min(amountOf(one, meter), amountOf(other, meter)));

/** Whether a run that is over still has something to give back, or to close. */
export const owes = (budget: Budget): boolean =>
  isNothing(budget.reserved)
    ? Object.values(budget.allotments).some(({ isClosed }) => !isClosed)
    : !isNothing(positive(freeOf(budget))) && Object.keys(budget.allotments).length > 0;
