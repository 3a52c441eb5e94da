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

/**
 * The pools above a run, nearest first, as the pack says at this moment. A level without limits has no pool. Budgets nest, so where teams have limits
 * an agent has a pool in each of its teams, and one for what it does outside of any.
 */
export function poolChain(settings: PoolSettings, belonging: Belonging, at: string): readonly PoolLink[] {
  return POOL_LEVELS.flatMap((level) => {
    const { per, ...limits } = settings[level] ?? {};
    const owner = OWNERS[level](belonging);
    if (owner === undefined || !isLimited(settings, level)) return [];
    const period = per && at.slice(0, per === 'day' ? 10 : 7);
    const team = level === 'agent' && isLimited(settings, 'team') ? belonging.teamId : undefined;
    const identity = { level, owner, ...(team ? { team } : {}), ...(period ? { period } : {}) };
    return [{ poolId: poolIdOf(identity), ...identity, limits }];
  });
}

const isLimited = (settings: PoolSettings, level: PoolLevel): boolean => {
  const { per: _, ...limits } = settings[level] ?? {};
  return Object.keys(limits).length > 0;
};

/** Meters that some pool of the chain limits. */
export const limitedIn = (chain: readonly { readonly limits: Amounts }[]): readonly ChargedMeter[] =>
  CHARGED_METERS.filter((meter) => chain.some(({ limits }) => limits[meter] !== undefined));

/** The id of a pool: always the same for the same owner, team and period. */
const poolIdOf = ({ level, owner, team, period = '' }: Omit<PoolIdentity, 'poolId'>): string =>
  formatId('pool', derived(`pool/${level}/${owner}/${period}${team === undefined ? '' : `/${team}`}`));
