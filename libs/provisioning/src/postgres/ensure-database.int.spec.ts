import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { homePaths } from '../home.ts';
import { ensureDatabase, type Database } from './ensure-database.ts';
import { provisionPostgres, stopPostgres, type PostgresServer } from './provision-postgres.ts';
import type { DatabaseRole } from './roles.ts';
import { spreadPorts } from '../ports.ts';

describe('a database with a role and a schema per service', () => {
  let home: string;
  let server: PostgresServer;
  let database: Database;

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'causeway-postgres-'));
    spreadPorts(home);
    server = await provisionPostgres({ home, env: {} });
    database = await ensureDatabase(request('causeway_test'));
  }, 120_000);
  afterAll(async () => {
    await stopPostgres(home);
    rmSync(home, { recursive: true });
  }, 60_000);

  const request = (name: string): Parameters<typeof ensureDatabase>[0] => ({
    adminUrl: server.adminUrl,
    database: name,
    secretsDir: homePaths(home).secrets,
  });

  /** A connection string wins over the other settings of a client, so the password has to be in it. */
  const clientFor = (url: string, password: string): Client => {
    const withPassword = new URL(url);
    withPassword.password = password;
    return new Client({ connectionString: withPassword.href });
  };

  /** Runs SQL as one of the roles; resolves to the rows of a query, or to the code of the refusal. */
  const as = async (role: DatabaseRole, sql: string): Promise<unknown> => {
    const { url, passwordFile } = database.roles[role];
    const client = clientFor(url, readFileSync(passwordFile, 'utf8').trim());
    await client.connect();
    try {
      return (await client.query({ text: sql, rowMode: 'array' })).rows;
    } catch (error) {
      return (error as { code: string }).code;
    } finally {
      await client.end();
    }
  };

  it('lets each service work in its own schema', async () => {
    expect(await as('run_orchestrator', 'create table thing (id int)')).toEqual([]);
    expect(await as('run_orchestrator', 'select current_schema, count(*)::int from thing')).toEqual([
      ['run_orchestrator', 0],
    ]);
  });

  it('refuses one service the schema of another, and everybody the public one', async () => {
    expect(await as('resource_store', 'create table mine (id int)')).toEqual([]);
    expect(await as('run_orchestrator', 'select * from resource_store.mine')).toBe('42501');
    expect(await as('run_orchestrator', 'create table resource_store.theirs (id int)')).toBe('42501');
    expect(await as('resource_store', 'create table public.everyones (id int)')).toBe('42501');
  });

  it('lets the ledger do only what its owner grants', async () => {
    expect(await as('audit_ledger_owner', 'create table event (id int)')).toEqual([]);
    expect(await as('audit_ledger_owner', 'grant select, insert on event to audit_ledger')).toEqual([]);
    expect(await as('audit_ledger', 'insert into event values (1)')).toEqual([]);
    expect(await as('audit_ledger', 'delete from event')).toBe('42501');
    expect(await as('audit_ledger', 'create table other (id int)')).toBe('42501');
  });

  it('does not let a wrong password in', async () => {
    const client = clientFor(database.roles.audit_ledger.url, 'wrong');
    await expect(client.connect()).rejects.toMatchObject({ code: '28P01' });
  });

  it('can be asked for again, and by several at once, without losing anything', async () => {
    await as('run_orchestrator', 'create table kept (id int)');
    await Promise.all(
      ['causeway_test', 'causeway_test', 'other_test', 'other_test'].map((name) => ensureDatabase(request(name))),
    );
    expect(await as('run_orchestrator', 'select count(*)::int from kept')).toEqual([[0]]);
  });

  it('refuses a name that would need quoting', async () => {
    await expect(ensureDatabase(request('Robert"; drop'))).rejects.toThrow('cannot be the name of a database');
  });

  it('writes through to the disk', async () => {
    const settings = await as(
      'audit_ledger',
      `select name, setting from pg_settings where name in ('fsync', 'synchronous_commit') order by 1`,
    );
    expect(settings).toEqual([
      ['fsync', 'on'],
      ['synchronous_commit', 'on'],
    ]);
  });

  it('is found again by a second provisioning, and survives a stop', async () => {
    expect((await provisionPostgres({ home, env: {} })).started).toBe(false);
    await server.stop();
    server = await provisionPostgres({ home, env: {} });
    expect(server.started).toBe(true);
    expect(await as('audit_ledger', 'select current_database()')).toEqual([['causeway_test']]);
  }, 60_000);

  it('is refused by URL when the server does not let us in', async () => {
    const env = { CAUSEWAY_POSTGRES_URL: server.adminUrl.replace(/:[^:@/]+@/, ':wrong@') };
    await expect(provisionPostgres({ home, env })).rejects.toThrow(
      'CAUSEWAY_POSTGRES_URL names a server that does not let us in',
    );
  });
});
