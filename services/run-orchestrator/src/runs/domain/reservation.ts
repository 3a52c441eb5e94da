import {
  CHARGED_METERS,
  type Amounts,
  type ChargedMeter,
  type Meter,
  type OnLimit,
  type Rejection,
} from '@causeway/contracts';
import { amountOf, amountsBy } from './amounts.ts';
import { activeMs, freeOf, leftOf, limitOf, type Budget } from './budget.ts';

/** What a step would use at worst; `allotment` tells what came of asking the pools. */
export type Need = { readonly worst: Amounts; readonly allotment?: AllotmentAnswer | undefined };
export type AllotmentAnswer = {
  /** Meters that no pool limits any more. */
  readonly waived: readonly ChargedMeter[];
  /** Why the pools give no more. */
  readonly refusal?: Rejection;
};

/** What the run lacks of its pools' allotments: all of it if possible, `least` of it at least, and `most` as a stock for the next steps. */
export type Lack = { readonly full: Amounts; readonly least: Amounts; readonly most: Amounts };

export type Room =
  | { readonly kind: 'reserved'; readonly amounts: Amounts }
  | { readonly kind: 'refused'; readonly rejection: Rejection }
  | { readonly kind: 'extension'; readonly meter: Meter; readonly delta: number; readonly rejection: Rejection }
  | { readonly kind: 'allotment'; readonly lack: Lack };

/** Of these meters a call can do with less than its worst case: the grant says how much, and the provider keeps to it. */
const SHRINKABLE: readonly ChargedMeter[] = ['outputTokens', 'costMicros', 'bytesIn', 'storedBytes'];
/** Steps of the same size for which a run asks its pools at once. */
const STOCK = 64;

/**
 * What a step may reserve of the budget now: its worst case, less where less is left. Steps and time are looked at first. A meter that only
 * warns gives what is asked for.
 */
export function roomFor(budget: Budget, need: Need, at: string): Room {
  const short = shortMeter(budget, need.worst, at);
  if (short !== undefined) return shortage(budget, short, need);
  const amounts = amountsBy((meter) => {
    const wanted = amountOf(need.worst, meter);
    const left = leftOf(budget, meter);
    return left === undefined || modeOf(budget, meter) === 'warn' ? wanted : Math.min(wanted, left);
  });
  return withinAllotments(budget, amounts, need.allotment);
}

function shortMeter(budget: Budget, worst: Amounts, at: string): Meter | undefined {
  if (isShort(budget, worst, 'steps')) return 'steps';
  if (isOutOfTime(budget, at) && modeOf(budget, 'wallClockMs') !== 'warn') return 'wallClockMs';
  return CHARGED_METERS.find((meter) => isShort(budget, worst, meter));
}

function isShort(budget: Budget, worst: Amounts, meter: ChargedMeter): boolean {
  const left = leftOf(budget, meter);
  const wanted = amountOf(worst, meter);
  if (wanted === 0 || left === undefined || modeOf(budget, meter) === 'warn') return false;
  return SHRINKABLE.includes(meter) ? left <= 0 : left < wanted;
}

export const modeOf = ({ onLimit }: Pick<Budget, 'onLimit'>, meter: Meter): OnLimit => onLimit[meter] ?? 'stop';

/** Whether the run was active for as long as its budget allows. */
export const isOutOfTime = (budget: Budget, at: string): boolean =>
  activeMs(budget, at) >= (limitOf(budget, 'wallClockMs') ?? Infinity);

function shortage(budget: Budget, meter: Meter, need: Need): Room {
  const rejection = exhausted(budget, meter);
  if (modeOf(budget, meter) !== 'ask') return { kind: 'refused', rejection };
  const lacking = isCharged(meter) ? amountOf(need.worst, meter) - (leftOf(budget, meter) ?? 0) : 0;
  return { kind: 'extension', meter, delta: extensionOf(budget, meter, lacking), rejection };
}

/** What a person is asked for: a quarter of the limit that the run started with, or more when that would not do. */
export const extensionOf = ({ limits }: Budget, meter: Meter, lacking: number): number =>
  Math.max(1, lacking, Math.ceil((limits[meter] ?? 0) / 4));

const isCharged = (meter: Meter): meter is ChargedMeter => (CHARGED_METERS as readonly Meter[]).includes(meter);

/** Why nothing more is started: what the agent is told, and what it can do. */
export function exhausted(budget: Budget, meter: Meter): Rejection {
  const limit = limitOf(budget, meter) ?? 0;
  if (meter === 'steps') {
    const detail = `all ${limit} steps of the run's budget are used or reserved; claim completion, or ask an operator for more`;
    return { code: 'BUDGET_STEPS_EXHAUSTED', detail };
  }
  if (meter === 'wallClockMs') {
    const detail = `the run was active for ${limit} ms, all its budget allows; ask an operator for more`;
    return { code: 'BUDGET_WALL_CLOCK_EXHAUSTED', detail };
  }
  const used = isCharged(meter) ? amountOf(budget.used, meter) : budget.retries;
  const reserved = isCharged(meter) ? amountOf(budget.reserved, meter) : 0;
  const detail = `too little is left of ${meter}: ${limit} is the limit, ${used} used, ${reserved} reserved for steps in flight; wait for those, or ask an operator for more`;
  return { code: 'BUDGET_EXHAUSTED', detail, facts: { meter, limit, used, reserved } };
}

/** The pools' part: of a pooled meter no more is reserved than what the run holds. */
function withinAllotments(budget: Budget, amounts: Amounts, answer: AllotmentAnswer | undefined): Room {
  const waived = answer?.waived ?? [];
  const pooled = budget.pooled.filter((meter) => !waived.includes(meter) && amountOf(amounts, meter) > 0);
  if (pooled.length === 0) return { kind: 'reserved', amounts };
  const free = freeOf(budget);
  const hasAll = pooled.every((meter) => amountOf(free, meter) >= amountOf(amounts, meter));
  if (hasAll) return { kind: 'reserved', amounts };
  const hasEnough = pooled.every((meter) => amountOf(free, meter) >= leastOf(amounts, meter));
  if (answer && hasEnough) {
    const shrunk = (meter: ChargedMeter): number =>
      pooled.includes(meter) ? Math.min(amountOf(amounts, meter), amountOf(free, meter)) : amountOf(amounts, meter);
    return { kind: 'reserved', amounts: amountsBy(shrunk) };
  }
  if (answer?.refusal) return { kind: 'refused', rejection: answer.refusal };
  return { kind: 'allotment', lack: lackOf(budget, { pooled, amounts, free }) };
}

const leastOf = (amounts: Amounts, meter: ChargedMeter): number =>
  SHRINKABLE.includes(meter) ? Math.min(1, amountOf(amounts, meter)) : amountOf(amounts, meter);

type Missing = { readonly pooled: readonly ChargedMeter[]; readonly amounts: Amounts; readonly free: Amounts };

function lackOf(budget: Budget, { pooled, amounts, free }: Missing): Lack {
  const lacking = (wanted: (meter: ChargedMeter) => number): Amounts =>
    amountsBy((meter) => (pooled.includes(meter) ? Math.max(0, wanted(meter) - amountOf(free, meter)) : 0));
  const stock = (meter: ChargedMeter): number =>
    Math.min(STOCK * amountOf(amounts, meter), Math.max(amountOf(amounts, meter), leftOf(budget, meter) ?? Infinity));
  return {
    full: lacking((meter) => amountOf(amounts, meter)),
    least: lacking((meter) => leastOf(amounts, meter)),
    most: lacking(stock),
  };
}
