import type { Pool, PoolClient } from '@causeway/postgres';
import { within } from './within.ts';

/**
 * The connection that holds the lock and writes. It lives only as long as its process shows a sign of life: Postgres itself ends a session
 * that was silent for too long, and with it the lock goes, whatever became of the process or the network.
 */
export type LeaderSession = {
  readonly client: PoolClient;
  /** Whether nothing was asked that is not answered yet. */
  readonly isIdle: () => boolean;
  /** Runs this and fails when there is no answer in time. */
  readonly ask: <Row extends object>(text: string, values?: readonly unknown[]) => Promise<readonly Row[]>;
  /** Closes the connection for good: it is never handed back, because the lock lives and dies with it. */
  readonly end: () => void;
};

/** What a sign of life may take, in ms. */
const ANSWER_MS = 2_000;

/**
 * Ends a session that is silent (idle_session_timeout, since PostgreSQL 14), that stopped amid its work, or whose network is gone. All of them
 * any role may set for itself. The last one is known since PostgreSQL 17 and left out before.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  idle_session_timeout: '3s',
  idle_in_transaction_session_timeout: '3s',
  statement_timeout: '8s',
  lock_timeout: '4s',
  tcp_keepalives_idle: '2',
  tcp_keepalives_interval: '1',
  tcp_keepalives_count: '2',
  tcp_user_timeout: '4000',
  transaction_timeout: '8s',
  plan_cache_mode: 'force_generic_plan',
  jit: 'off',
};
const APPLY = `
select set_config(s.name, wanted.value, false)
from pg_settings s join unnest($1::text[], $2::text[]) as wanted (name, value) on wanted.name = s.name`;

/** Opens a session of this pool, which has to be a direct one: behind a pooler that shares sessions a lock of the session means nothing. */
export async function openLeaderSession(
  pool: Pool,
  onLost: (lost: LeaderSession, reason: Error) => void,
): Promise<LeaderSession> {
  const connection = await pool.connect();
  let open = 0;
  const client = counting(connection, (change) => {
    open += change;
  });
  const session: LeaderSession = {
    client,
    isIdle: () => open === 0,
    ask: async <Row extends object>(text: string, values: readonly unknown[] = []) =>
      (await within(ANSWER_MS, client.query<Row>(text, [...values]))).rows,
    end: () => connection.release(true),
  };
  connection.on('error', (reason) => onLost(session, reason));
  try {
    await session.ask(APPLY, [Object.keys(SETTINGS), Object.values(SETTINGS)]);
    return session;
  } catch (error) {
    session.end();
    throw error;
  }
}

/** The connection itself, which tells when a query begins and ends. */
function counting(connection: PoolClient, count: (change: 1 | -1) => void): PoolClient {
  const query = (...args: Parameters<PoolClient['query']>): unknown => {
    const answer: unknown = connection.query(...args);
    if (answer instanceof Promise) {
      count(1);
      answer.then(
        () => count(-1),
        () => count(-1),
      );
    }
    return answer;
  };
  return new Proxy(connection, {
    get: (target, property) => (property === 'query' ? query : (Reflect.get(target, property) as unknown)),
  });
}
