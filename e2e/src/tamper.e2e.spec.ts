import { Client } from 'pg';
import { httpApi, type Finding } from '@causeway/contracts';
import { apiOf, aText } from './api.ts';
import { causeway } from './program.ts';
import { startSystem, START_TIMEOUT_MS, STOP_TIMEOUT_MS, type System } from './system.ts';

type Report = { readonly good: boolean; readonly findings: readonly Finding[] };

describe('the ledger', () => {
  let system: System;
  let superuser: Client;
  /** The first event that has data beside its leaf. */
  let position: number;
  beforeAll(async () => {
    system = await startSystem();
    superuser = new Client({ connectionString: system.databaseUrl });
    await superuser.connect();
    // Triggers refuse changes even to a superuser, unless the session says that it is a replica's.
    await superuser.query('set session_replication_role = replica');
    const api = apiOf(system);
    await api.step(await api.startWork('agent-a'), 'keep', aText('A text'));
    const { rows } = await superuser.query<{ first: string }>(
      'select min(position) as first from audit_ledger.event_data',
    );
    position = Number(rows[0]?.first);
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await superuser.end();
    await system.stop();
  }, STOP_TIMEOUT_MS);

  const flipByte = (table: string, column: string): Promise<unknown> =>
    superuser.query(
      `update audit_ledger.${table} set ${column} = set_byte(${column}, 10, get_byte(${column}, 10) # 1) where position = $1`,
      [position],
    );

  it('is good as it was written', async () => {
    expect(await causeway(system.home, 'verify')).toMatchObject({ exitCode: 0 });
  });

  it.each([
    ['event', 'leaf'],
    ['event', 'leaf_hash'],
    ['event', 'chain'],
    ['event_data', 'data'],
    ['event_data', 'salt'],
  ])(
    'shows where one byte of %s.%s was changed, and is good again when it is put back',
    async (table, column) => {
      await flipByte(table, column);
      const told = await causeway(system.home, 'verify');
      const json = await causeway(system.home, 'verify', '--json');
      const { body } = await apiOf(system).call<Report>(httpApi.verifyAudit, { token: system.keys.operator });
      await flipByte(table, column);

      expect(told.exitCode).toBe(1);
      expect(told.stdout).toContain(`position ${position}`);
      expect(json.exitCode).toBe(1);
      const { good, findings } = JSON.parse(json.stdout) as Report;
      expect([good, findings[0]?.position]).toEqual([false, position]);
      expect([body.good, body.findings[0]?.position]).toEqual([false, position]);
      expect(await causeway(system.home, 'verify')).toMatchObject({ exitCode: 0 });
    },
    30_000,
  );

  it('shows that an event was taken out', async () => {
    await superuser.query('create temporary table kept as select * from audit_ledger.event where position = $1', [
      position,
    ]);
    await superuser.query('delete from audit_ledger.event where position = $1', [position]);
    const told = await causeway(system.home, 'verify');
    await superuser.query('insert into audit_ledger.event select * from kept');
    expect(told.exitCode).toBe(1);
    expect(told.stdout).toContain(`position ${position}`);
    expect(await causeway(system.home, 'verify')).toMatchObject({ exitCode: 0 });
  });

  it('refuses a change from whoever does not go to such lengths', async () => {
    const plain = new Client({ connectionString: system.databaseUrl });
    await plain.connect();
    await expect(plain.query('update audit_ledger.event set version = version')).rejects.toThrow('append-only');
    await expect(plain.query('delete from audit_ledger.event')).rejects.toThrow('append-only');
    await expect(plain.query('truncate audit_ledger.event cascade')).rejects.toThrow('append-only');
    await plain.end();
  });
});
