import type { GrantState } from '@causeway/contracts';
import type { Pool } from '@causeway/postgres';
import type { GrantDocument } from './grants.projection.ts';

type Row = { readonly view: GrantDocument };

export type GrantFilter = {
  readonly state?: GrantState | undefined;
  readonly agentId?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
};

/** One standing grant, or undefined. */
export async function findGrant(pool: Pool, grantId: string): Promise<GrantDocument | undefined> {
  const { rows } = await pool.query<Row>('select view from grant_view where key = $1', [grantId]);
  return rows[0]?.view;
}

/** Standing grants, newest first. One more than `limit` tells the caller that there is another page. */
export async function findGrants(
  pool: Pool,
  { state, agentId, after, limit }: GrantFilter,
): Promise<readonly GrantDocument[]> {
  const { rows } = await pool.query<Row>(
    `select view from grant_view
      where ($1::text is null or state = $1) and ($2::text is null or agent_id = $2)
        and ($3::text is null or issued < (select issued from grant_view where key = $3))
      order by issued desc limit $4`,
    [state ?? null, agentId ?? null, after ?? null, limit + 1],
  );
  return rows.map(({ view }) => view);
}

/** Live grants that may cover a step, oldest first: the ledger says whether one does. */
export async function findLiveGrants(
  pool: Pool,
  { agentId, capability, rule, at }: { agentId: string; capability: string; rule: string; at: string },
): Promise<readonly GrantDocument[]> {
  const { rows } = await pool.query<Row>(
    `select view from grant_view
      where state = 'live' and agent_id = $1 and view -> 'terms' ->> 'capability' = $2
        and view -> 'terms' ->> 'rule' = $3 and until > $4
      order by issued limit 100`,
    [agentId, capability, rule, at],
  );
  return rows.map(({ view }) => view);
}

/** Live grants whose time is over. */
export async function findEndedGrants(pool: Pool, at: string): Promise<readonly string[]> {
  const { rows } = await pool.query<{ key: string }>(
    `select key from grant_view where state = 'live' and until <= $1 order by until limit 100`,
    [at],
  );
  return rows.map(({ key }) => key);
}
