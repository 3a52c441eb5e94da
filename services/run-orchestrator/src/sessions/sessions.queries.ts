import type { SessionView } from '@causeway/contracts';
import type { Pool } from '@causeway/postgres';

/** One session, or undefined. */
export async function findSession(pool: Pool, sessionId: string): Promise<SessionView | undefined> {
  const { rows } = await pool.query<{ view: SessionView }>('select view from session_view where key = $1', [sessionId]);
  return rows[0]?.view;
}

/** Sessions that are open, of one agent or of all, some at a time. */
export async function findOpenSessions(pool: Pool, agentId: string | undefined): Promise<readonly string[]> {
  const { rows } = await pool.query<{ key: string }>(
    `select key from session_view
      where view ->> 'state' = 'open' and ($1::text is null or view ->> 'agentId' = $1) order by key limit 1000`,
    [agentId ?? null],
  );
  return rows.map(({ key }) => key);
}
