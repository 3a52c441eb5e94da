import { Pool, type ClientBase, type PoolClient, type PoolConfig } from 'pg';

/** A pool, or one connection of it, such as one that is in a transaction. */
export type Queryable = Pick<ClientBase, 'query'>;

export type PostgresOptions = {
  /** postgres://role@host:port/database, without a password. */
  readonly url: string;
  readonly password: string;
  readonly name: string;
  /** Most connections; default 8. */
  readonly maxConnections?: number;
  /** How long to wait for a connection, in ms; default 10,000. */
  readonly connectTimeoutMs?: number;
  /** Statements are sent without waiting for the answers to those before; default false. */
  readonly pipeline?: boolean;
};

/** A pool of connections. Every statement ends within 30 s; a lost server is an error of the statement, not of the process. */
export function connectPostgres(wish: PostgresOptions): Pool {
  const { url, password, name, maxConnections = 8, connectTimeoutMs = 10_000, pipeline = false } = wish;
  const target = new URL(url);
  target.password = encodeURIComponent(password);
  // The published types do not know the option yet.
  const options: PoolConfig & { readonly pipeline: boolean } = {
    connectionString: target.toString(),
    application_name: name,
    max: maxConnections,
    statement_timeout: 30_000,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    pipeline,
  };
  const pool = new Pool(options);
  pool.on('error', () => {});
  return pool;
}

/** `lasting`: what was committed is there after a crash of the server. `together`: whole or not at all, but the newest may be lost. */
export type Durability = 'lasting' | 'together';

const BEGIN = { lasting: 'begin', together: 'begin; set local synchronous_commit = off' } as const;

/** Runs `work` in a transaction: committed when it returns, rolled back when it throws. */
export async function inTransaction<T>(
  pool: Pool,
  work: (client: PoolClient) => Promise<T>,
  durability: Durability = 'lasting',
): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query(BEGIN[durability]);
    const result = await work(client);
    await client.query('commit');
    client.release();
    return result;
  } catch (error) {
    await client.query('rollback').then(
      () => client.release(),
      (lost: Error) => client.release(lost),
    );
    throw error;
  }
}
