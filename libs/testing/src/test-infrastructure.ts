import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { connectBus, type Bus, type Log } from '@causeway/messaging';
import type { DatabaseRole, NatsUser } from '@causeway/provisioning';
import { testFolder } from './place.ts';
import { testDatabase, type TestDatabase } from './test-postgres.ts';
import { testNats, type TestNats } from './test-nats.ts';

export type Credentials = { readonly user: NatsUser; readonly password: string; readonly passwordFile: string };

export type TestInfrastructure = {
  readonly nats: TestNats;
  readonly credentials: (user: NatsUser) => Credentials;
  /** A connection to the bus as this user; closed by {@link stop}. */
  readonly connect: (user: NatsUser, log?: Log) => Promise<Bus>;
  /** A fresh database; dropped by {@link stop}. */
  readonly database: () => Promise<TestDatabase>;
  /** What a service's process is told: bus, health listener on any port, and its own role in the database when it has one. */
  readonly environment: (service: NatsUser, database?: TestDatabase) => Readonly<Record<string, string>>;
  /** Closes and removes everything that was made. */
  readonly stop: () => Promise<void>;
};

/** What the ledger of a test database signs with: as lasting as the database, and outside it. */
export const signerFolder = (database: TestDatabase): string => join(testFolder, `signer-${database.name}`);

export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} };

/**
 * Real NATS and Postgres for a spec file: call it in `beforeAll`, and `stop` in `afterAll`. It provisions what is missing or fails and says
 * what could not be had; it never lets a test be skipped.
 */
export async function testInfrastructure(): Promise<TestInfrastructure> {
  const nats = await testNats();
  const buses: Bus[] = [];
  const databases: TestDatabase[] = [];
  return {
    nats,
    credentials: (user) => ({ user, password: nats.passwordOf(user), passwordFile: nats.passwordFileOf(user) }),
    connect: async (user, log = silentLog) => {
      const bus = await connectBus({ url: nats.url, user, password: nats.passwordOf(user), name: `test-${user}`, log });
      buses.push(bus);
      return bus;
    },
    database: async () => {
      const database = await testDatabase();
      databases.push(database);
      return database;
    },
    environment: (service, database) => ({
      CAUSEWAY_NATS_URL: nats.url,
      CAUSEWAY_NATS_USER: service,
      CAUSEWAY_NATS_PASSWORD_FILE: nats.passwordFileOf(service),
      CAUSEWAY_HTTP_PORT: '0',
      CAUSEWAY_INSTANCE: `${service}-test`,
      CAUSEWAY_LOG_LEVEL: 'info',
      ...(database ? databaseVariables(service, database) : {}),
      ...(database && service === 'audit-ledger' ? { CAUSEWAY_SIGNER_DIR: signerFolder(database) } : {}),
    }),
    stop: async () => {
      await Promise.all(buses.map((bus) => bus.connection.close()));
      await Promise.all(databases.map((database) => database.remove()));
      for (const database of databases) rmSync(signerFolder(database), { recursive: true, force: true });
      await nats.remove();
    },
  };
}

const ROLES: { readonly [service in NatsUser]?: Readonly<Record<string, DatabaseRole>> } = {
  'audit-ledger': { CAUSEWAY_POSTGRES: 'audit_ledger', CAUSEWAY_POSTGRES_OWNER: 'audit_ledger_owner' },
  'run-orchestrator': { CAUSEWAY_POSTGRES: 'run_orchestrator' },
  'resource-store': { CAUSEWAY_POSTGRES: 'resource_store' },
};

function databaseVariables(service: NatsUser, database: TestDatabase): Record<string, string> {
  const variables = Object.entries(ROLES[service] ?? {}).flatMap(([prefix, role]) => [
    [`${prefix}_URL`, database.urlFor(role)],
    [`${prefix}_PASSWORD_FILE`, database.passwordFileFor(role)],
  ]);
  return Object.fromEntries(variables) as Record<string, string>;
}
