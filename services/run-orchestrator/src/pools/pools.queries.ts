import type { PoolLevel } from '@causeway/contracts';
import type { Pool } from '@causeway/postgres';
import type { PoolDocument } from './pools.projection.ts';

type Row = { readonly view: PoolDocument };

/** One pool, or undefined. */
export async function findPool(pool: Pool, poolId: string): Promise<PoolDocument | undefined> {
  const { rows } = await pool.query<Row>('select view from pool_view where key = $1', [poolId]);
  return rows[0]?.view;
}

export type PoolFilter = {
  readonly level?: PoolLevel | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
};

/** Pools, newest first. One more than `limit` tells the caller that there is another page. */
export async function findPools(pool: Pool, { level, after, limit }: PoolFilter): Promise<readonly PoolDocument[]> {
  const { rows } = await pool.query<Row>(
    `select view from pool_view
      where ($1::text is null or level = $1) and ($2::text is null or opened < (select opened from pool_view where key = $2))
      order by opened desc limit $3`,
    [level ?? null, after ?? null, limit + 1],
  );
  return rows.map(({ view }) => view);
}
