import type { Amounts, BudgetWarning, ChargedMeter, PoolLevel, RunOrchestratorEvent } from '@causeway/contracts';
import { emptyMap, valueAt, withValue, type LayeredMap } from '@causeway/eventing';
import { amountOf, minus, NOTHING, plus, sum } from '../../runs/domain/amounts.ts';

type Event = RunOrchestratorEvent;

/** What a pool is: shared by everything of one owner, for one period or for good. */
export type PoolIdentity = {
  readonly poolId: string;
  readonly level: PoolLevel;
  readonly owner: string;
  /** The team in which an agent has this pool: what one team gives is not for another. */
  readonly team?: string;
  readonly period?: string;
};

/** A run, or a pool below, that draws on this pool. */
export type Holder = { readonly draws: number; readonly held: Amounts; readonly isGone: boolean };

export type OpenPool = PoolIdentity & {
  readonly kind: 'pool';
  readonly limits: Amounts;
  readonly extended: Amounts;
  readonly extensions: readonly string[];
  /** What was given out and not returned: what holders have, and what they used for good. */
  readonly given: Amounts;
  readonly holders: LayeredMap<Holder>;
  readonly holderCount: number;
  /** What this pool holds of each pool above it, and how often it drew there. */
  readonly allotments: { readonly [pool: string]: { readonly amounts: Amounts; readonly draws: number } };
  readonly allottedAt?: string;
  readonly warned: { readonly [M in ChargedMeter]?: readonly BudgetWarning[] };
  readonly openedAt: string;
  readonly version: number;
};
export type Pool = { readonly kind: 'none' } | OpenPool;

export const noPool = (): Pool => ({ kind: 'none' });

/** What a pool may give out in all of a meter, extensions included; undefined when it sets no limit itself. */
export function poolLimit({ limits, extended }: OpenPool, meter: ChargedMeter): number | undefined {
  const limit = limits[meter];
  return limit === undefined ? undefined : limit + amountOf(extended, meter);
}

/** What the pools above allotted and this one has not given out. */
export const freeAbove = ({ allotments, given }: OpenPool): Amounts =>
  minus(sum(Object.values(allotments).map(({ amounts }) => amounts)), given);

/** What a holder of this pool has of it, used or not. */
export const holderOf = (pool: OpenPool, holder: string): Holder =>
  valueAt(pool.holders, holder) ?? { draws: 0, held: NOTHING, isGone: true };

/** A pool after an event. Never refuses: the past is a fact. */
export function evolvePool(pool: Pool, event: Event): Pool {
  if (event.type === 'pool.opened') {
    const { at: openedAt, limits, ...identity } = event.data;
    return {
      ...{ kind: 'pool', ...identity, limits, extended: NOTHING, extensions: [], given: NOTHING },
      ...{ holders: emptyMap<Holder>(), holderCount: 0, allotments: {}, warned: {}, openedAt, version: 1 },
    };
  }
  return pool.kind === 'none' ? pool : { ...changed(pool, event), version: pool.version + 1 };
}

function changed(pool: OpenPool, event: Event): OpenPool {
  switch (event.type) {
    case 'pool.limited':
      return { ...pool, limits: event.data.limits };
    case 'pool.drawn': {
      const { holder, draw: draws, amounts } = event.data;
      const held = plus(holderOf(pool, holder).held, amounts);
      return withHolder({ ...pool, given: plus(pool.given, amounts) }, holder, { draws, held, isGone: false });
    }
    case 'pool.returned': {
      const { holder, amounts, isLast: isGone } = event.data;
      const { draws, held } = holderOf(pool, holder);
      const next = { draws, held: minus(held, amounts), isGone };
      return withHolder({ ...pool, given: minus(pool.given, amounts) }, holder, next);
    }
    case 'pool.allotted': {
      const { pool: above, draw: draws, amounts, at } = event.data;
      return { ...withAllotment(pool, above, { draws, change: amounts }), allottedAt: at };
    }
    case 'pool.surrendered': {
      const { pool: above, amounts } = event.data;
      const { draws = 0 } = pool.allotments[above] ?? {};
      return withAllotment(pool, above, { draws, change: minus(NOTHING, amounts) });
    }
    case 'pool.extended': {
      const { meter, delta, extensionId } = event.data;
      const extended = plus(pool.extended, { [meter]: delta });
      return { ...pool, extended, extensions: [...pool.extensions, extensionId] };
    }
    case 'pool.warned': {
      const { meter, warning } = event.data;
      return { ...pool, warned: { ...pool.warned, [meter]: [...(pool.warned[meter] ?? []), warning] } };
    }
    default:
      return pool;
  }
}

function withHolder(pool: OpenPool, id: string, holder: Holder): OpenPool {
  const was = valueAt(pool.holders, id)?.isGone ?? true;
  const holderCount = pool.holderCount + (was && !holder.isGone ? 1 : 0) - (!was && holder.isGone ? 1 : 0);
  return { ...pool, holders: withValue(pool.holders, id, holder), holderCount };
}

function withAllotment(pool: OpenPool, above: string, { draws, change }: { draws: number; change: Amounts }): OpenPool {
  const amounts = plus(pool.allotments[above]?.amounts ?? NOTHING, change);
  return { ...pool, allotments: { ...pool.allotments, [above]: { amounts, draws } } };
}
