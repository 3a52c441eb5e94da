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

describe('applying events', () => {
  it('moves the cursor over every position, whether or not a view cares', async () => {
    const runner = runnerOn();
    await write(2);
    await ledger.append({
      appendId: randomUUID(),
      writes: [{ stream: 'b', expected: 'any', events: [{ id: randomUUID(), type: 'other.happened', data: {} }] }],
    });
    await catchUp(runner);
    expect(await runner.position()).toBe(3);
    expect(await countOf('a')).toBe(2);
    expect(await countOf('b')).toBeUndefined();
  });

  it('does nothing twice when a range is delivered again, in part or whole', async () => {
    const runner = runnerOn();
    await write(5);
    const range = (from: number, to: number) => runner.apply(ledger.events.slice(from, to), { from, to });
    expect(await range(0, 3)).toBe(3);
    expect(await range(0, 3)).toBe(3);
    expect(await range(1, 5)).toBe(5);
    expect(await countOf('a')).toBe(5);
  });

  it('refuses to leave a gap and says where to go on from', async () => {
    const runner = runnerOn();
    await write(5);
    expect(await runner.apply(ledger.events.slice(3, 5), { from: 3, to: 5 })).toBe(0);
    expect(await countOf('a')).toBeUndefined();
  });

  it('commits cursor and effect together or not at all', async () => {
    const runner = runnerOn();
    await write(2);
    await pool.query('alter table total_view rename to total_view_away');
    await expect(runner.apply(ledger.events.slice(0, 2), { from: 0, to: 2 })).rejects.toThrow('total_view');
    await pool.query('alter table total_view_away rename to total_view');
    expect(await runner.position()).toBe(0);
    expect(await countOf('a')).toBeUndefined();
    await catchUp(runner);
    expect(await countOf('a')).toBe(2);
  });

  it('counts each event once when two replicas share the database', async () => {
    const other = runnerOn(database.pool('resource_store', 8));
    const runner = runnerOn();
    for (let round = 0; round < 5; round++) {
      await write(7, round % 2 === 0 ? 'a' : 'b');
      await Promise.all([catchUp(runner), catchUp(other)]);
    }
    expect(await countOf('a')).toBe(21);
    expect(await countOf('b')).toBe(14);
  });

  it('keeps a text that jsonb does not take, and goes on', async () => {
    const runner = runnerOn();
    await write(1, 'a', { 'a\0key': 'nul \0, half \ud800, whole 😀, written out \\u0000 \\ud800 "\\' });
    await write(1, 'b');
    await catchUp(runner);
    const { rows } = await pool.query<{ view: Count }>(`select view from count_view where key = 'a'`);
    expect(rows[0]!.view.last).toEqual({ 'a�key': 'nul �, half �, whole 😀, written out \\u0000 \\ud800 "\\' });
    expect(await countOf('b')).toBe(1);
    expect(await runner.rebuild()).toMatchObject([{ equal: true }, { equal: true }]);
  });
});

describe('waiting for a position', () => {
  it('ends as soon as the views hold it, and is false when they do not in time', async () => {
    const runner = runnerOn();
    await write(2);
    expect(await runner.waitFor(1, 0)).toBe(false);
    const waiting = runner.waitFor(1, 5_000);
    await catchUp(runner);
    expect(await waiting).toBe(true);
    expect(await runner.waitFor(2, 20)).toBe(false);
  });
});

describe('rebuilding', () => {
  it('gives the same bytes, again and again, and leaves the views usable', async () => {
    const runner = runnerOn();
    await write(4, 'a', { text: 'line\nbreak "quoted" \\ back' });
    await write(3, 'b');
    await catchUp(runner);
    for (let round = 0; round < 3; round++) {
      expect(await runner.rebuild()).toMatchObject([
        { projection: 'count_view', equal: true, events: 7, position: 7 },
        { projection: 'total_view', equal: true, events: 7, position: 7 },
      ]);
    }
    await write(1);
    await catchUp(runner);
    expect(await countOf('a')).toBe(5);
  });

  it('shows a view that was tampered with, and mends it', async () => {
    const runner = runnerOn();
    await write(4);
    await catchUp(runner);
    await pool.query(`update count_view set view = jsonb_set(view, '{count}', '99')`);
    expect(await runner.rebuild()).toMatchObject([{ equal: false }, { equal: true }]);
    expect(await countOf('a')).toBe(4);
    expect(await runner.rebuild()).toMatchObject([{ equal: true }, { equal: true }]);
  });

  it('shows a document that was removed', async () => {
    const runner = runnerOn();
    await write(1, 'a');
    await write(1, 'b');
    await catchUp(runner);
    await pool.query(`delete from count_view where key = 'b'`);
    expect(await runner.rebuild()).toMatchObject([{ equal: false }, { equal: true }]);
    expect(await countOf('b')).toBe(1);
  });

  it('goes on while events are applied and questions are answered', async () => {
    const runner = runnerOn();
    await write(50);
    await catchUp(runner);
    let isDone = false;
    const serving = (async () => {
      while (!isDone) {
        await write(3, 'b');
        await catchUp(runner);
        expect(await countOf('a')).toBe(50);
      }
    })();
    for (let round = 0; round < 5; round++) {
      expect((await runner.rebuild()).map(({ equal }) => equal)).toEqual([true, true]);
    }
    isDone = true;
    await serving;
    expect(await countOf('b')).toBe(ledger.events.length - 50);
  });

  it('joins in one process and waits its turn in another', async () => {
    const runner = runnerOn();
    const other = runnerOn(database.pool('resource_store', 8));
    await write(20);
    await catchUp(runner);
    const rebuilt = await Promise.all([runner.rebuild(), runner.rebuild(), other.rebuild(), other.rebuild()]);
    for (const views of rebuilt) expect(views).toMatchObject([{ equal: true }, { equal: true }]);
    expect(await countOf('a')).toBe(20);
  });

  it('refuses when the ledger ends before the views do, and leaves them as they were', async () => {
    const runner = runnerOn();
    await write(3);
    await catchUp(runner);
    ledger = memoryLedger();
    await expect(runnerOn().rebuild()).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
    expect(await countOf('a')).toBe(3);
  });
});

describe('an erasure', () => {
  const NOTES: DocumentProjection<{ readonly notes: readonly string[] }> = {
    table: 'count_view',
    keysOf: ({ type, stream }) => (type === 'run.claimed' ? [stream] : []),
    evolve: (view, { data }) => ({ notes: [...(view?.notes ?? []), (data as { note: string }).note] }),
  };
  const noting = () => projectionRunner({ pool, ledger, projections: [NOTES] as unknown as readonly AnyProjection[] });
  const tell = (stream: string, type: string, data: unknown, scope = stream) =>
    ledger.append({
      appendId: randomUUID(),
      writes: [{ stream, expected: 'any', events: [{ id: randomUUID(), type, data, scope }] }],
    });
  const claim = (stream: string, note: string, scope?: string) => tell(stream, 'run.claimed', { note }, scope);
  const erase = (target: object, before = ledger.events.length) => {
    const at = '2026-01-01T00:00:00.000Z';
    return tell('erasures', 'data.erased', { target, before, erased: 1, reason: 'r', requestedBy: 'ann', at });
  };
  const notesOf = async (key: string) =>
    (await pool.query<{ notes: string[] }>(`select view -> 'notes' as notes from count_view where key = $1`, [key]))
      .rows[0]?.notes;

  it.each<[string, object]>([
    ['scope', { scope: 'run_1' }],
    ['stream', { stream: 'a' }],
    ['positions', { positions: [0, 1] }],
  ])('of a %s takes the text out of the documents that it reaches, and of no other', async (_, target) => {
    const runner = noting();
    await claim('a', 'one', 'run_1');
    await claim('a', 'two', 'run_1');
    await claim('b', 'other');
    await catchUp(runner);
    await erase(target);
    await claim('a', 'three', 'run_1');
    await catchUp(runner);
    expect(await notesOf('a')).toEqual(['[erased]', '[erased]', 'three']);
    expect(await notesOf('b')).toEqual(['other']);
    expect(await runner.rebuild()).toMatchObject([{ equal: true }]);
  });

  it('holds when it comes together with what it reaches', async () => {
    const runner = noting();
    await claim('a', 'one');
    await erase({ scope: 'a' });
    await runner.apply(ledger.events, { from: 0, to: 2 });
    expect(await notesOf('a')).toEqual(['[erased]']);
  });

  it('is not passed over by a service that nothing else concerns', async () => {
    const runner = noting();
    await claim('a', 'one');
    await catchUp(runner);
    await erase({ scope: 'a' });
    expect(await runner.apply(ledger.events.slice(1), { from: 1, to: 2 })).toBe(2);
    expect(await notesOf('a')).toEqual(['[erased]']);
  });
});
