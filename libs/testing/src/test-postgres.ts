import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectPostgres, type Pool } from '@causeway/postgres';
import { ensureDatabase, homePaths, provisionPostgres, stopPostgres, type DatabaseRole } from '@causeway/provisioning';
import { containersServe, postgresInContainer } from './containers.ts';
import { isRunning, testFolder } from './place.ts';
import { preferredPort } from './test-nats.ts';

/** A fresh database with the roles and schemas of deploy/postgres and nothing in them. */
export type TestDatabase = {
  /** Contains `test`, always. */
  readonly name: string;
  /** URL of a superuser on this database, with its password. */
  readonly adminUrl: string;
  /** postgres://role@host:port/database, without a password. */
  readonly urlFor: (role: DatabaseRole) => string;
  readonly passwordFor: (role: DatabaseRole) => string;
  readonly passwordFileFor: (role: DatabaseRole) => string;
  /** A pool of connections as this role; closed by {@link remove}. */
  readonly pool: (role: DatabaseRole, maxConnections?: number) => Pool;
  /** Closes the pools and drops the database. */
  readonly remove: () => Promise<void>;
};

const home = join(testFolder, 'postgres');
const NAME = /^causeway_test_(\d+)_[0-9a-f]+$/;

/**
 * A database of one's own on a Postgres that all test runs of this clone share; it is started when it does not run, and left running for
 * the next run. CAUSEWAY_TEST_POSTGRES_URL names another one, as a superuser: it must be for tests alone, because its roles are replaced.
 */
export async function testDatabase(): Promise<TestDatabase> {
  const adminUrl = await serverUrl();
  await dropAbandoned(adminUrl);
  const name = `causeway_test_${process.pid}_${randomBytes(4).toString('hex')}`;
  const { roles } = await ensureDatabase({ adminUrl, database: name, secretsDir: homePaths(home).secrets });
  const pools: Pool[] = [];
  const passwordFor = (role: DatabaseRole) => readFileSync(roles[role].passwordFile, 'utf8').trim();
  return {
    name,
    adminUrl: withDatabase(adminUrl, name),
    urlFor: (role) => roles[role].url,
    passwordFor,
    passwordFileFor: (role) => roles[role].passwordFile,
    pool: (role, maxConnections = 4) => {
      const pool = connectPostgres({ url: roles[role].url, password: passwordFor(role), name: 'test', maxConnections });
      pools.push(pool);
      return pool;
    },
    remove: async () => {
      await Promise.all(pools.splice(0).map((pool) => pool.end()));
      await asAdmin(adminUrl, (admin) => admin.query(`drop database if exists ${name} with (force)`));
    },
  };
}

/** Stops the shared server; for whoever wants to leave nothing running. */
export const stopTestPostgres = (): Promise<void> => stopPostgres(home);

async function serverUrl(): Promise<string> {
  mkdirSync(home, { recursive: true });
  try {
    const record = { version: 1, ports: { postgres: preferredPort() } };
    writeFileSync(join(home, 'instance.json'), JSON.stringify(record), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const given = process.env['CAUSEWAY_TEST_POSTGRES_URL'];
  if (!given && (await containersServe())) return postgresInContainer(home);
  const { adminUrl } = await provisionPostgres({ home, env: given ? { CAUSEWAY_POSTGRES_URL: given } : {} });
  return adminUrl;
}

/** Databases of test runs that were killed. */
async function dropAbandoned(adminUrl: string): Promise<void> {
  await asAdmin(adminUrl, async (admin) => {
    const { rows } = await admin.query<{ name: string }>(
      `select datname as name from pg_database where datname like 'causeway\\_test\\_%'`,
    );
    for (const { name } of rows) {
      const pid = NAME.exec(name)?.[1];
      if (pid !== undefined && !isRunning(Number(pid)))
        await admin.query(`drop database if exists ${name} with (force)`);
    }
  });
}

async function asAdmin(adminUrl: string, work: (admin: Pool) => Promise<unknown>): Promise<void> {
  const password = decodeURIComponent(new URL(adminUrl).password);
  const admin = connectPostgres({ url: adminUrl, password, name: 'test-admin', maxConnections: 1 });
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}

function withDatabase(adminUrl: string, name: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}
