import type { SessionView } from '@causeway/contracts';
import type { Pool } from '@causeway/postgres';

/** One session, or undefined. */
export async function findSession(pool: Pool, sessionId: string): Promise<SessionView | undefined> {
  const { rows } = await pool.query<{ view: SessionView }>('select view from session_view where key = $1', [sessionId]);
  return rows[0]?.view;
}
