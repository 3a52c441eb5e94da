import type { extendPool, listPools, PoolView, ReplyEnvelope, ReplyOf } from '@causeway/contracts';
import { ok, type Incoming } from '@causeway/messaging';
import { lastPosition } from '../last-position.ts';
import type { Parts } from '../parts.ts';
import { behind, paged, unknownAfter, type Views } from '../views.ts';
import type { OpenPool } from './domain/pool.ts';
import { toPoolView } from './pools.projection.ts';
import { findPool, findPools } from './pools.queries.ts';

/** What can be asked about pools. */
export function createPools({ handlers, ledger, edge }: Parts, views: Views) {
  return {
    extend: async ({ data, meta }: Incoming<typeof extendPool>): Promise<ReplyEnvelope<PoolView>> => {
      const { poolId, ...extension } = data;
      const { actor } = meta;
      const asked = { ...extension, by: actor.id, isAgent: actor.kind === 'agent', at: edge.now() };
      const handled = await handlers.pools.handle(
        poolId,
        { type: 'extend', ...asked },
        { actor, causationId: meta.id },
      );
      if (!handled.accepted) {
        const { code, detail } = handled.rejection;
        return { ok: false, rejection: { code, detail } };
      }
      if (handled.state.kind === 'none') throw new Error('a pool that took a command is not there');
      const position = handled.position ?? (await lastPosition(ledger, poolId, handled.state.version));
      return ok(poolViewOf(handled.state, position));
    },
    list: async ({ data }: Incoming<typeof listPools>): Promise<ReplyEnvelope<ReplyOf<typeof listPools>>> => {
      const late = await behind(views, data.minPosition);
      if (late) return late;
      const { after } = data;
      if (after !== undefined && !(await findPool(views.pool, after))) return unknownAfter('pool', after);
      const { page, next } = paged(await findPools(views.pool, data), data.limit, (pool) => pool.poolId);
      return ok({ pools: page.map(toPoolView), ...(next ? { next } : {}) });
    },
  };
}
export type Pools = ReturnType<typeof createPools>;

/** A pool as the contract shows it, from what the ledger says. */
export function poolViewOf(pool: OpenPool, position: number): PoolView {
  const { poolId, level, owner, team, period, limits, extended, given, openedAt } = pool;
  const identity = { poolId, level, owner, ...(team ? { team } : {}), ...(period ? { period } : {}) };
  return { ...identity, limits, extended, given, openedAt, position };
}
