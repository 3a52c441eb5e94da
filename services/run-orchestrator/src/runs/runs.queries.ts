import type { RunState } from '@causeway/contracts';
import type { Pool } from '@causeway/postgres';
import type { RunDocument } from './runs.projection.ts';

type Row = { readonly view: RunDocument };
type Key = { readonly key: string };

/** One run, or undefined. */
export async function findRun(pool: Pool, runId: string): Promise<RunDocument | undefined> {
  const { rows } = await pool.query<Row>('select view from run_view where key = $1', [runId]);
  return rows[0]?.view;
}

export type RunFilter = {
  readonly sessionId?: string | undefined;
  readonly state?: RunState | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
};

/** Runs, newest first: ids sort by age. One more than `limit` tells the caller that there is another page. */
export async function findRuns(
  pool: Pool,
  { sessionId, state, after, limit }: RunFilter,
): Promise<readonly RunDocument[]> {
  const { rows } = await pool.query<Row>(
    `select view from run_view
      where ($1::text is null or session_id = $1) and ($2::text is null or state = $2) and ($3::text is null or key < $3)
      order by key desc limit $4`,
    [sessionId ?? null, state ?? null, after ?? null, limit + 1],
  );
  return rows.map(({ view }) => view);
}

/** Runs that are not over, of one agent or of all, some at a time. */
export async function findOpenRuns(pool: Pool, agentId: string | undefined): Promise<readonly string[]> {
  const { rows } = await pool.query<Key>(
    `select key from run_view
      where state in ('scheduled', 'active', 'paused') and ($1::text is null or view ->> 'agentId' = $1) order by key limit 1000`,
    [agentId ?? null],
  );
  return rows.map(({ key }) => key);
}

/** Runs that the clock has to look at, most overdue first. */
export async function findDueRuns(pool: Pool, at: string): Promise<readonly string[]> {
  const { rows } = await pool.query<Key>(
    `select key from run_view
      where state in ('scheduled', 'active', 'paused') and due_at <= $1
      order by due_at limit 100`,
    [at],
  );
  return rows.map(({ key }) => key);
}

/** Runs that go on although their session is revoked: whoever revoked it did not come to end them. */
export async function findRunsOfRevokedSessions(pool: Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<Key>(
    `select r.key from run_view r join session_view s on s.key = r.session_id
      where r.state in ('scheduled', 'active', 'paused') and s.state = 'revoked' limit 100`,
  );
  return rows.map(({ key }) => key);
}

/** Runs that are over and still hold something of a pool. */
export async function findDebtors(pool: Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<Key>(`select key from run_view where view ? 'owes' order by key limit 100`);
  return rows.map(({ key }) => key);
}
