import {
  CHARGED_METERS,
  formatId,
  POOL_LEVELS,
  type Amounts,
  type ChargedMeter,
  type PoolLevel,
} from '@causeway/contracts';
import type { PolicyPack } from '@causeway/policy';
import { derived } from '../edge.ts';
import type { PoolIdentity } from './domain/pool.ts';

/** Whose budgets a run's is a part of. */
export type Belonging = { readonly sessionId: string; readonly agentId: string; readonly teamId?: string | undefined };

/** A pool that a run draws on, directly or through the one below it. */
export type PoolLink = PoolIdentity & { readonly limits: Amounts };

type PoolSettings = PolicyPack['pools'];

const OWNERS: { readonly [Level in PoolLevel]: (of: Belonging) => string | undefined } = {
  session: ({ sessionId }) => sessionId,
  agent: ({ agentId }) => agentId,
  team: ({ teamId }) => teamId,
};

/** The pools above a run, nearest first, as the pack says at this moment. A level without limits has no pool. */
export function poolChain(settings: PoolSettings, belonging: Belonging, at: string): readonly PoolLink[] {
  return POOL_LEVELS.flatMap((level) => {
    const { per, ...limits } = settings[level] ?? {};
    const owner = OWNERS[level](belonging);
    if (owner === undefined || Object.keys(limits).length === 0) return [];
    const period = per && at.slice(0, per === 'day' ? 10 : 7);
    return [{ poolId: poolIdOf(level, owner, period), level, owner, limits, ...(period ? { period } : {}) }];
  });
}

/** Meters that some pool of the chain limits. */
export const limitedIn = (chain: readonly { readonly limits: Amounts }[]): readonly ChargedMeter[] =>
  CHARGED_METERS.filter((meter) => chain.some(({ limits }) => limits[meter] !== undefined));

/** The id of a pool: always the same for the same owner and period. */
export const poolIdOf = (level: PoolLevel, owner: string, period: string | undefined): string =>
  formatId('pool', derived(`pool/${level}/${owner}/${period ?? ''}`));
