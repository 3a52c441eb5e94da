import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, escapeIdentifier } from 'pg';
import { repositoryRoot } from '../repository.ts';
import { DATABASE_ROLES, rolePassword, rolePasswordFile, type DatabaseRole } from './roles.ts';
import { fillIn } from './sql-template.ts';

export type DatabaseRequest = {
  /** URL of a superuser, with its password. */
  readonly adminUrl: string;
  readonly database: string;
  /** Holds the roles' passwords. Roles belong to the whole cluster, so every database of one cluster needs the same folder. */
  readonly secretsDir: string;
};

export type RoleAccess = {
  /** postgres://role@host:port/database, without a password. */
  readonly url: string;
  readonly passwordFile: string;
};
export type Database = { readonly name: string; readonly roles: { readonly [role in DatabaseRole]: RoleAccess } };

/** Any number will do, as long as everybody who creates roles in one cluster takes the same. */
const LOCK_KEY = 4_702_110;
const DATABASE_NAME = /^[a-z][a-z0-9_]{0,62}$/;
const sqlFile = (name: string): string => readFileSync(join(repositoryRoot, 'deploy', 'postgres', name), 'utf8');

/**
 * Creates a database with the services' roles and schemas, or completes the one that is there; safe to repeat and to run at the same time
 * from several processes. The name is 1 to 63 lower-case letters, digits and underscores.
 */
export async function ensureDatabase({ adminUrl, database, secretsDir }: DatabaseRequest): Promise<Database> {
  if (!DATABASE_NAME.test(database)) {
    throw new Error(
      `"${database}" cannot be the name of a database; use lower-case letters, digits and _, beginning with a letter`,
    );
  }
  const passwords = Object.fromEntries(
    DATABASE_ROLES.map((role) => [`${role}_password`, rolePassword(secretsDir, role)]),
  );
  await withClient(adminUrl, async (admin) => {
    await admin.query('select pg_advisory_lock($1)', [LOCK_KEY]);
    await admin.query(fillIn(sqlFile('roles.sql'), passwords));
    const { rowCount } = await admin.query('select from pg_database where datname = $1', [database]);
    if (!rowCount)
      await admin.query(`create database ${escapeIdentifier(database)} template template0 encoding 'UTF8'`);
    await withClient(databaseUrl(adminUrl, database), (client) =>
      client.query(fillIn(sqlFile('schemas.sql'), { database })),
    );
  });
  return databaseAccess({ adminUrl, database, secretsDir });
}

/** How each role reaches a database that {@link ensureDatabase} has prepared; connects to nothing. */
export function databaseAccess({ adminUrl, database, secretsDir }: DatabaseRequest): Database {
  const roles = DATABASE_ROLES.map((role) => {
    const url = new URL(databaseUrl(adminUrl, database));
    url.username = role;
    url.password = '';
    return [role, { url: url.href, passwordFile: rolePasswordFile(secretsDir, role) }] as const;
  });
  return { name: database, roles: Object.fromEntries(roles) as Database['roles'] };
}

function databaseUrl(adminUrl: string, database: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  return url.href;
}

/** Connects, does the work, and disconnects whatever happens; locks of the session end with it. */
async function withClient(url: string, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: url, application_name: 'causeway-provisioning' });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
