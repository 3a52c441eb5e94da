import { randomUUID } from 'node:crypto';
import { memoryLedger, type LedgerPort, type Recorded } from '@causeway/eventing';
import { testInfrastructure, type TestDatabase, type TestInfrastructure } from '@causeway/testing';
import type { Pool } from 'pg';
import type { AnyProjection, DocumentProjection } from './document-projection.ts';
import { projectionRunner } from './projection-runner.ts';

type Count = { readonly id: string; readonly count: number; readonly last: unknown };

const counts: DocumentProjection<Count> = {
  table: 'count_view',
  keysOf: ({ type, stream }) => (type === 'thing.counted' ? [stream] : []),
  evolve: (view, { stream, data }) => ({ id: stream, count: (view?.count ?? 0) + 1, last: data }),
};
const totals: DocumentProjection<{ readonly total: number }> = {
  table: 'total_view',
  keysOf: ({ type }) => (type === 'thing.counted' ? ['total'] : []),
  evolve: (view) => ({ total: (view?.total ?? 0) + 1 }),
};
const PROJECTIONS = [counts, totals] as unknown as readonly AnyProjection[];

let infra: TestInfrastructure;
let database: TestDatabase;
let pool: Pool;
let ledger: LedgerPort & { readonly events: readonly Recorded[] };

beforeAll(async () => {
  infra = await testInfrastructure();
});
afterAll(() => infra.stop());
beforeEach(async () => {
  database = await infra.database();
  pool = database.pool('resource_store', 8);
  ledger = memoryLedger();
  await pool.query(`
    create table projection_cursor (name text primary key, position bigint not null);
    create table count_view (
      key text primary key, view jsonb not null, count int generated always as ((view ->> 'count')::int) stored
    );
    create index on count_view (count);
    create table total_view (key text primary key, view jsonb not null);`);
});
afterEach(() => database.remove());

const runnerOn = (on: Pool = pool) => projectionRunner({ pool: on, ledger, projections: PROJECTIONS });

async function write(count: number, stream = 'a', data: unknown = {}): Promise<void> {
  const events = Array.from({ length: count }, () => ({ id: randomUUID(), type: 'thing.counted', data }));
  await ledger.append({ appendId: randomUUID(), writes: [{ stream, expected: 'any', events }] });
}
/** Applies everything there is, as a follower would. */
async function catchUp(runner: ReturnType<typeof runnerOn>): Promise<void> {
  let next = await runner.position();
  while (next < ledger.events.length) {
    const page = await ledger.readAll({ fromPosition: next, limit: 3 });
    next = await runner.apply(page.events, { from: next, to: page.scannedTo });
  }
}
const countOf = async (key: string) =>
  (await pool.query<{ count: number }>('select count from count_view where key = $1', [key])).rows[0]?.count;

describe('documents that are known', () => {
  it('are not read again while nobody else writes, and are when somebody does', async () => {
    const runner = runnerOn();
    const other = runnerOn(database.pool('resource_store', 8));
    await write(2);
    await catchUp(runner);
    await pool.query(`update count_view set view = jsonb_set(view, '{count}', '50')`);
    await write(1);
    await catchUp(runner);
    expect(await countOf('a')).toBe(3);
    await pool.query(`update count_view set view = jsonb_set(view, '{count}', '50')`);
    await write(1);
    await catchUp(other);
    await write(1);
    await catchUp(runner);
    expect(await countOf('a')).toBe(52);
  });

  it('are forgotten when a transaction fails, a rebuild changes the tables, or data is erased', async () => {
    const runner = runnerOn();
    const one = () =>
      runner.apply(ledger.events.slice(-1), { from: ledger.events.length - 1, to: ledger.events.length });
    await write(1);
    await one();
    await pool.query('alter table total_view rename to total_view_away');
    await write(1);
    await expect(one()).rejects.toThrow('total_view');
    await pool.query('alter table total_view_away rename to total_view');
    await one();
    expect(await countOf('a')).toBe(2);
    const other = runnerOn(database.pool('resource_store', 8));
    await pool.query(`update count_view set view = jsonb_set(view, '{count}', '50')`);
    await write(1);
    await catchUp(other);
    await other.rebuild();
    await write(1);
    await one();
    expect(await countOf('a')).toBe(4);
  });

  it('are not even looked for where an event begins them', async () => {
    const begun: DocumentProjection<Count> = {
      ...counts,
      begins: ({ data }) => (data as { begins?: boolean }).begins === true,
      evolve: (view, { stream, data }) => ({ id: stream, count: (view?.count ?? 0) + 1, last: data }),
    };
    const runner = projectionRunner({ pool, ledger, projections: [begun] as unknown as readonly AnyProjection[] });
    await pool.query(`insert into count_view values ('a', '{"id":"a","count":7}'), ('b', '{"id":"b","count":7}')`);
    await write(1, 'a', { begins: true });
    await write(1, 'b');
    await catchUp(runner);
    expect([await countOf('a'), await countOf('b')]).toEqual([1, 8]);
  });
});
