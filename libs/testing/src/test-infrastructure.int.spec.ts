import { testInfrastructure, type TestInfrastructure } from './test-infrastructure.ts';
import { until } from './until.ts';

let infra: TestInfrastructure;
beforeAll(async () => {
  infra = await testInfrastructure();
});
afterAll(() => infra.stop());

describe('the test infrastructure', () => {
  it('lets each service onto the bus as its own user', async () => {
    for (const user of [
      'gateway',
      'run-orchestrator',
      'egress-proxy',
      'resource-store',
      'audit-ledger',
      'sre',
    ] as const) {
      expect((await infra.connect(user)).isConnected()).toBe(true);
    }
  });

  it('keeps two bus servers apart', async () => {
    const other = await testInfrastructure();
    expect(other.nats.url).not.toBe(infra.nats.url);
    await other.stop();
  });

  it('makes a fresh database in which each role owns its own schema and enters no other', async () => {
    const database = await infra.database();
    expect(database.name).toContain('test');
    const pool = database.pool('resource_store');
    const { rows } = await pool.query('select current_user as role, current_schema() as schema');
    expect(rows).toEqual([{ role: 'resource_store', schema: 'resource_store' }]);
    await pool.query('create table resource_store.note (id int)');
    await expect(pool.query('create table run_orchestrator.note (id int)')).rejects.toThrow('permission denied');
  });

  it('gives two spec files two databases', async () => {
    const [one, two] = await Promise.all([infra.database(), infra.database()]);
    expect(one.name).not.toBe(two.name);
  });

  it('starts the bus again on the same port after an outage', async () => {
    const bus = await infra.connect('sre');
    await infra.nats.stop();
    await until('the connection is lost', () => !bus.isConnected());
    await infra.nats.start();
    await until('the connection is back', bus.isConnected);
    expect((await infra.connect('gateway')).isConnected()).toBe(true);
  });
});
