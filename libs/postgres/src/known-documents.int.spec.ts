import { testInfrastructure, type TestInfrastructure } from '@causeway/testing';
import { counts, openPlace, type Count, type Place } from '../test/counted-views.features.ts';
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

describe('documents that are known', () => {
  it('are not read again while nobody else writes, and are when somebody does', async () => {
    const runner = place.runnerOn();
    const other = place.runnerOn(place.newPool());
    await place.write(2);
    await place.catchUp(runner);
    await place.pool.query(`update count_view set view = jsonb_set(view, '{count}', '50')`);
    await place.write(1);
    await place.catchUp(runner);
    expect(await place.countOf('a')).toBe(3);
    await place.pool.query(`update count_view set view = jsonb_set(view, '{count}', '50')`);
    await place.write(1);
    await place.catchUp(other);
    await place.write(1);
    await place.catchUp(runner);
    expect(await place.countOf('a')).toBe(52);
  });

  it('are forgotten when a transaction fails, a rebuild changes the tables, or data is erased', async () => {
    const runner = place.runnerOn();
    const one = () =>
      runner.apply(place.ledger.events.slice(-1), {
        from: place.ledger.events.length - 1,
        to: place.ledger.events.length,
      });
    await place.write(1);
    await one();
    await place.pool.query('alter table total_view rename to total_view_away');
    await place.write(1);
    await expect(one()).rejects.toThrow('total_view');
    await place.pool.query('alter table total_view_away rename to total_view');
    await one();
    expect(await place.countOf('a')).toBe(2);
    const other = place.runnerOn(place.newPool());
    await place.pool.query(`update count_view set view = jsonb_set(view, '{count}', '50')`);
    await place.write(1);
    await place.catchUp(other);
    await other.rebuild();
    await place.write(1);
    await one();
    expect(await place.countOf('a')).toBe(4);
  });

  it('are not even looked for where an event begins them', async () => {
    const begun: DocumentProjection<Count> = {
      ...counts,
      begins: ({ data }) => (data as { begins?: boolean }).begins === true,
      evolve: (view, { stream, data }) => ({ id: stream, count: (view?.count ?? 0) + 1, last: data }),
    };
    const runner = projectionRunner({
      pool: place.pool,
      ledger: place.ledger,
      projections: [begun] as unknown as readonly AnyProjection[],
    });
    await place.pool.query(
      `insert into count_view values ('a', '{"id":"a","count":7}'), ('b', '{"id":"b","count":7}')`,
    );
    await place.write(1, 'a', { begins: true });
    await place.write(1, 'b');
    await place.catchUp(runner);
    expect([await place.countOf('a'), await place.countOf('b')]).toEqual([1, 8]);
  });
});
