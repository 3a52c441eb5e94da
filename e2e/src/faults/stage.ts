import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectBus, type Bus } from '@causeway/messaging';
import { connectPostgres, type Pool } from '@causeway/postgres';
import {
  buildServices,
  ensureDatabase,
  homePaths,
  natsPassword,
  natsPasswordFile,
  provisionNats,
  provisionPostgres,
  spreadPorts,
  stopNats,
  stopPostgres,
  type Database,
  type NatsUser,
} from '@causeway/provisioning';
import { silentLog } from '@causeway/testing';
import { smallDisk, type SmallDisk } from './small-disk.ts';
import { openPostgresWay, type PostgresWay } from './postgres-way.ts';

export const ORIGIN = 'ledger.faults/main';
const DATABASE = 'causeway';

/** Servers of one's own to do harm to: a NATS, a Postgres on a disk that can be filled, and the way between Postgres and the ledger. */
export type Stage = {
  readonly home: string;
  readonly natsUrl: string;
  readonly way: PostgresWay;
  readonly disk: SmallDisk;
  /** The first process of Postgres. */
  readonly postgresPid: () => number;
  readonly database: Database;
  /** A superuser of the database, past everything that the ledger does for its safety. */
  readonly admin: Pool;
  readonly connect: (user: NatsUser) => Promise<Bus>;
  /** What a replica is told; `usurps` makes its database say yes to everybody who asks for the leader's lock. */
  readonly environment: (instance: string, usurps: 'usurps' | 'waits') => Readonly<Record<string, string>>;
  /** Starts again whatever does not run. */
  readonly startServers: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Found before the function of the system by whoever puts this schema first. */
const FALSE_LOCK = `
create or replace function audit_ledger.pg_try_advisory_lock(integer, integer) returns boolean language sql return true`;
const FALSE_LOCK_FIRST = '-csearch_path=audit_ledger,pg_catalog';

/** Builds the services if they changed and starts the servers. Throws, with nothing left behind, when something cannot be had. */
export async function openStage(log: (line: string) => void): Promise<Stage> {
  await buildServices(log);
  const home = mkdtempSync(join(tmpdir(), 'causeway-faults-'));
  spreadPorts(home);
  mkdirSync(homePaths(home).postgres, { recursive: true });
  const disk = await smallDisk(homePaths(home).postgres);
  const undo: (() => unknown)[] = [() => rmSync(home, { recursive: true, force: true }), disk.remove];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    return await furnish({ home, disk, undo, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

type Bare = { home: string; disk: SmallDisk; undo: (() => unknown)[]; stop: () => Promise<void> };

async function furnish({ home, disk, undo, stop }: Bare): Promise<Stage> {
  undo.push(() => stopNats(home));
  const { url: natsUrl } = await provisionNats({ home, env: {} });
  undo.push(() => stopPostgres(home));
  const { adminUrl } = await provisionPostgres({ home, env: {} });
  const secretsDir = homePaths(home).secrets;
  const database = await ensureDatabase({ adminUrl, database: DATABASE, secretsDir });
  const admin = adminPool(adminUrl);
  undo.push(() => admin.end());
  await admin.query(FALSE_LOCK);
  // So that what was written and is no longer needed does not fill a small disk by itself.
  await admin.query(`alter system set max_wal_size = '128MB'`);
  await admin.query(`select pg_reload_conf()`);
  const { hostname, port } = new URL(adminUrl);
  const way = await openPostgresWay({ host: hostname, port: Number(port) });
  undo.push(way.stop);
  return {
    ...{ home, natsUrl, way, disk, database, admin, stop },
    postgresPid: () =>
      Number(readFileSync(join(homePaths(home).postgres, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]),
    connect: async (user) => {
      const password = natsPassword(home, user);
      const bus = await connectBus({ url: natsUrl, user, password, name: `faults-${user}`, log: silentLog });
      undo.push(() => bus.connection.close());
      return bus;
    },
    environment: (instance, usurps) => environmentOf({ home, natsUrl, database, way }, instance, usurps),
    startServers: async () => {
      await provisionNats({ home, env: {} });
      await provisionPostgres({ home, env: {} });
    },
  };
}

function adminPool(adminUrl: string): Pool {
  const url = new URL(adminUrl);
  const password = decodeURIComponent(url.password);
  url.pathname = `/${DATABASE}`;
  return connectPostgres({ url: url.href, password, name: 'faults', maxConnections: 3, connectTimeoutMs: 2_000 });
}

function environmentOf(
  { home, natsUrl, database, way }: Pick<Stage, 'home' | 'natsUrl' | 'database' | 'way'>,
  instance: string,
  usurps: 'usurps' | 'waits',
): Readonly<Record<string, string>> {
  const url = new URL(database.roles.audit_ledger.url);
  url.port = String(way.port);
  if (usurps === 'usurps') url.searchParams.set('options', FALSE_LOCK_FIRST);
  return {
    CAUSEWAY_NATS_URL: natsUrl,
    CAUSEWAY_NATS_USER: 'audit-ledger',
    CAUSEWAY_NATS_PASSWORD_FILE: natsPasswordFile(home, 'audit-ledger'),
    CAUSEWAY_HTTP_PORT: '0',
    CAUSEWAY_INSTANCE: instance,
    CAUSEWAY_LEDGER_ORIGIN: ORIGIN,
    CAUSEWAY_SIGNER_DIR: join(home, 'signer'),
    CAUSEWAY_POSTGRES_URL: url.href,
    CAUSEWAY_POSTGRES_PASSWORD_FILE: database.roles.audit_ledger.passwordFile,
    CAUSEWAY_POSTGRES_OWNER_URL: database.roles.audit_ledger_owner.url,
    CAUSEWAY_POSTGRES_OWNER_PASSWORD_FILE: database.roles.audit_ledger_owner.passwordFile,
  };
}
