import { fileURLToPath } from 'node:url';
import { genesis } from '@causeway/ledger';
import { connectPostgres, migrate, type Pool, type PostgresOptions } from '@causeway/postgres';
import { readSecret } from '@causeway/service-kit';
import type { Config } from './config.ts';

const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url));

/**
 * Brings the schema up to date and makes the log's head if there is none. Needs the role that owns the tables. Throws when the database holds a
 * log of another name: its leaves could never be verified under this one.
 */
export async function prepareDatabase(owner: Pool, origin: string): Promise<void> {
  await migrate(owner, MIGRATIONS, 'audit_ledger');
  const { rows } = await owner.query<{ log: string }>(`select log from ledger_head where log <> $1`, [origin]);
  if (rows[0]) {
    throw new Error(
      `the database holds the log ${rows[0].log}, not ${origin}: set CAUSEWAY_LEDGER_ORIGIN to its name or use another database`,
    );
  }
  await owner.query(
    `with head as (insert into ledger_head (log, next_position, chain) values ($1, 0, $2) on conflict do nothing returning log)
     insert into publication (log, position) select log, 0 from head`,
    [origin, Buffer.from(genesis(origin))],
  );
}

/** {@link prepareDatabase} as the role that owns the tables. */
export async function migrateAsOwner(config: Config): Promise<void> {
  const owner = connectPostgres({
    url: config.CAUSEWAY_POSTGRES_OWNER_URL,
    password: readSecret(config.CAUSEWAY_POSTGRES_OWNER_PASSWORD_FILE),
    name: `${config.CAUSEWAY_INSTANCE} migrations`,
    maxConnections: 1,
  });
  try {
    await prepareDatabase(owner, config.CAUSEWAY_LEDGER_ORIGIN);
  } finally {
    await owner.end();
  }
}

/** Connections of the role that the service runs as. */
export function runtimePool(
  config: Config,
  purpose: string,
  bounds: Pick<PostgresOptions, 'maxConnections' | 'connectTimeoutMs' | 'pipeline'>,
): Pool {
  return connectPostgres({
    url: config.CAUSEWAY_POSTGRES_URL,
    password: readSecret(config.CAUSEWAY_POSTGRES_PASSWORD_FILE),
    name: `${config.CAUSEWAY_INSTANCE} ${purpose}`,
    ...bounds,
  });
}
