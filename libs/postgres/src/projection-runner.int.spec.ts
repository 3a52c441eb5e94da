import { randomUUID } from 'node:crypto';
import { memoryLedger } from '@causeway/eventing';
import { testInfrastructure, type TestInfrastructure } from '@causeway/testing';
import { openPlace, type Count, type Place } from '../test/counted-views.features.ts';
import type { AnyProjection, DocumentProjection } from './document-projection.ts';
import { projectionRunner } from './projection-runner.ts';

let infra: TestInfrastructure;
let place: Place;

beforeAll(async () => {
  infra = await testInfrastructure();
});
afterAll(() => infra.stop());
beforeEach(async () => {
  place = await openPlace(infra);
});
afterEach(() => place.remove());

describe('applying events', () => {
  it('moves the cursor over every position, whether or not a view cares', async () => {
    const runner = place.runnerOn();
    await place.write(2);
    await place.ledger.append({
      appendId: randomUUID(),
      writes: [{ stream: 'b', expected: 'any', events: [{ id: randomUUID(), type: 'other.happened', data: {} }] }],
    });
    await place.catchUp(runner);
    expect(await runner.position()).toBe(3);
    expect(await place.countOf('a')).toBe(2);
    expect(await place.countOf('b')).toBeUndefined();
  });

  it('does nothing twice when a range is delivered again, in part or whole', async () => {
    const runner = place.runnerOn();
    await place.write(5);
    const range = (from: number, to: number) => runner.apply(place.ledger.events.slice(from, to), { from, to });
    expect(await range(0, 3)).toBe(3);
    expect(await range(0, 3)).toBe(3);
    expect(await range(1, 5)).toBe(5);
    expect(await place.countOf('a')).toBe(5);
  });

  it('refuses to leave a gap and says where to go on from', async () => {
    const runner = place.runnerOn();
    await place.write(5);
    expect(await runner.apply(place.ledger.events.slice(3, 5), { from: 3, to: 5 })).toBe(0);
    expect(await place.countOf('a')).toBeUndefined();
  });

  it('commits cursor and effect together or not at all', async () => {
    const runner = place.runnerOn();
    await place.write(2);
    await place.pool.query('alter table total_view rename to total_view_away');
    await expect(runner.apply(place.ledger.events.slice(0, 2), { from: 0, to: 2 })).rejects.toThrow('total_view');
    await place.pool.query('alter table total_view_away rename to total_view');
    expect(await runner.position()).toBe(0);
    expect(await place.countOf('a')).toBeUndefined();
    await place.catchUp(runner);
    expect(await place.countOf('a')).toBe(2);
  });

  it('counts each event once when two replicas share the database', async () => {
    const other = place.runnerOn(place.newPool());
    const runner = place.runnerOn();
    for (let round = 0; round < 5; round++) {
      await place.write(7, round % 2 === 0 ? 'a' : 'b');
      await Promise.all([place.catchUp(runner), place.catchUp(other)]);
    }
    expect(await place.countOf('a')).toBe(21);
    expect(await place.countOf('b')).toBe(14);
  });

  it('keeps a text that jsonb does not take, and goes on', async () => {
    const runner = place.runnerOn();
    await place.write(1, 'a', { 'a\0key': 'nul \0, half \ud800, whole 😀, written out \\u0000 \\ud800 "\\' });
    await place.write(1, 'b');
    await place.catchUp(runner);
    const { rows } = await place.pool.query<{ view: Count }>(`select view from count_view where key = 'a'`);
    expect(rows[0]!.view.last).toEqual({ 'a�key': 'nul �, half �, whole 😀, written out \\u0000 \\ud800 "\\' });
    expect(await place.countOf('b')).toBe(1);
    expect(await runner.rebuild()).toMatchObject([{ equal: true }, { equal: true }]);
  });
});

describe('waiting for a position', () => {
  it('ends as soon as the views hold it, and is false when they do not in time', async () => {
    const runner = place.runnerOn();
    await place.write(2);
    expect(await runner.waitFor(1, 0)).toBe(false);
    const waiting = runner.waitFor(1, 5_000);
    await place.catchUp(runner);
    expect(await waiting).toBe(true);
    expect(await runner.waitFor(2, 20)).toBe(false);
  });
});

describe('an archive', () => {
  it('leaves nothing behind it for a restart to read: what was passed over is archived, too', async () => {
    const tell = (type: string) =>
      place.ledger.append({
        appendId: randomUUID(),
        writes: [{ stream: 'archives', expected: 'any', events: [{ id: randomUUID(), type, data: {} }] }],
      });
    const runner = place.runnerOn();
    const afterRestart = () => place.runnerOn().position();
    await tell('other.happened');
    await place.catchUp(runner);
    expect(await afterRestart()).toBe(0);
    await tell('range.archived');
    await place.catchUp(runner);
    expect(await afterRestart()).toBe(2);
  });
});

describe('rebuilding', () => {
  it('gives the same bytes, again and again, and leaves the views usable', async () => {
    const runner = place.runnerOn();
    await place.write(4, 'a', { text: 'line\nbreak "quoted" \\ back' });
    await place.write(3, 'b');
    await place.catchUp(runner);
    for (let round = 0; round < 3; round++) {
      expect(await runner.rebuild()).toMatchObject([
        { projection: 'count_view', equal: true, events: 7, position: 7 },
        { projection: 'total_view', equal: true, events: 7, position: 7 },
      ]);
    }
    await place.write(1);
    await place.catchUp(runner);
    expect(await place.countOf('a')).toBe(5);
  });

  it('shows a view that was tampered with, and mends it', async () => {
    const runner = place.runnerOn();
    await place.write(4);
    await place.catchUp(runner);
    await place.pool.query(`update count_view set view = jsonb_set(view, '{count}', '99')`);
    expect(await runner.rebuild()).toMatchObject([{ equal: false }, { equal: true }]);
    expect(await place.countOf('a')).toBe(4);
    expect(await runner.rebuild()).toMatchObject([{ equal: true }, { equal: true }]);
  });

  it('shows a document that was removed', async () => {
    const runner = place.runnerOn();
    await place.write(1, 'a');
    await place.write(1, 'b');
    await place.catchUp(runner);
    await place.pool.query(`delete from count_view where key = 'b'`);
    expect(await runner.rebuild()).toMatchObject([{ equal: false }, { equal: true }]);
    expect(await place.countOf('b')).toBe(1);
  });

  it('goes on while events are applied and questions are answered', async () => {
    const runner = place.runnerOn();
    await place.write(50);
    await place.catchUp(runner);
    let isDone = false;
    const serving = (async () => {
      while (!isDone) {
        await place.write(3, 'b');
        await place.catchUp(runner);
        expect(await place.countOf('a')).toBe(50);
      }
    })();
    for (let round = 0; round < 5; round++) {
      expect((await runner.rebuild()).map(({ equal }) => equal)).toEqual([true, true]);
    }
    isDone = true;
    await serving;
    expect(await place.countOf('b')).toBe(place.ledger.events.length - 50);
  });

  it('joins in one process and waits its turn in another', async () => {
    const runner = place.runnerOn();
    const other = place.runnerOn(place.newPool());
    await place.write(20);
    await place.catchUp(runner);
    const rebuilt = await Promise.all([runner.rebuild(), runner.rebuild(), other.rebuild(), other.rebuild()]);
    for (const views of rebuilt) expect(views).toMatchObject([{ equal: true }, { equal: true }]);
    expect(await place.countOf('a')).toBe(20);
  });

  it('refuses when the ledger ends before the views do, and leaves them as they were', async () => {
    const runner = place.runnerOn();
    await place.write(3);
    await place.catchUp(runner);
    await expect(place.runnerOn(place.pool, memoryLedger()).rebuild()).rejects.toMatchObject({
      code: 'LEDGER_UNAVAILABLE',
    });
    expect(await place.countOf('a')).toBe(3);
  });

  it('refuses as the ledger does when events are archived, and leaves the views as they were', async () => {
    const runner = place.runnerOn();
    await place.write(3);
    await place.catchUp(runner);
    const archived = Object.assign(new Error('put it back'), { code: 'RANGE_ARCHIVED' });
    const ledger = { ...place.ledger, readAll: () => Promise.reject(archived) };
    await expect(place.runnerOn(place.pool, ledger).rebuild()).rejects.toBe(archived);
    expect(await place.countOf('a')).toBe(3);
    expect(await runner.rebuild()).toMatchObject([{ equal: true }, { equal: true }]);
  });
});

describe('an erasure', () => {
  const NOTES: DocumentProjection<{ readonly notes: readonly string[] }> = {
    table: 'count_view',
    keysOf: ({ type, stream }) => (type === 'run.claimed' ? [stream] : []),
    evolve: (view, { data }) => ({ notes: [...(view?.notes ?? []), (data as { note: string }).note] }),
  };
  const noting = () =>
    projectionRunner({
      pool: place.pool,
      ledger: place.ledger,
      projections: [NOTES] as unknown as readonly AnyProjection[],
    });
  const tell = (stream: string, type: string, data: unknown, scope = stream) =>
    place.ledger.append({
      appendId: randomUUID(),
      writes: [{ stream, expected: 'any', events: [{ id: randomUUID(), type, data, scope }] }],
    });
  const claim = (stream: string, note: string, scope?: string) => tell(stream, 'run.claimed', { note }, scope);
  const erase = (target: object, before = place.ledger.events.length) => {
    const at = '2026-01-01T00:00:00.000Z';
    return tell('erasures', 'data.erased', { target, before, erased: 1, reason: 'r', requestedBy: 'ann', at });
  };
  const notesOf = async (key: string) =>
    (
      await place.pool.query<{ notes: string[] }>(`select view -> 'notes' as notes from count_view where key = $1`, [
        key,
      ])
    ).rows[0]?.notes;

  it.each<[string, object]>([
    ['scope', { scope: 'run_1' }],
    ['stream', { stream: 'a' }],
    ['positions', { positions: [0, 1] }],
  ])('of a %s takes the text out of the documents that it reaches, and of no other', async (_, target) => {
    const runner = noting();
    await claim('a', 'one', 'run_1');
    await claim('a', 'two', 'run_1');
    await claim('b', 'other');
    await place.catchUp(runner);
    await erase(target);
    await claim('a', 'three', 'run_1');
    await place.catchUp(runner);
    expect(await notesOf('a')).toEqual(['[erased]', '[erased]', 'three']);
    expect(await notesOf('b')).toEqual(['other']);
    expect(await runner.rebuild()).toMatchObject([{ equal: true }]);
  });

  it('holds when it comes together with what it reaches', async () => {
    const runner = noting();
    await claim('a', 'one');
    await erase({ scope: 'a' });
    await runner.apply(place.ledger.events, { from: 0, to: 2 });
    expect(await notesOf('a')).toEqual(['[erased]']);
  });

  it('is not passed over by a service that nothing else concerns', async () => {
    const runner = noting();
    await claim('a', 'one');
    await place.catchUp(runner);
    await erase({ scope: 'a' });
    expect(await runner.apply(place.ledger.events.slice(1), { from: 1, to: 2 })).toBe(2);
    expect(await notesOf('a')).toEqual(['[erased]']);
  });
});
