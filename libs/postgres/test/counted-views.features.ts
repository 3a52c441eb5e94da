import { randomUUID } from 'node:crypto';
import { memoryLedger, type LedgerPort } from '@causeway/eventing';
import type { TestInfrastructure } from '@causeway/testing';
import type { Pool } from 'pg';
import type { AnyProjection, DocumentProjection } from '../src/document-projection.ts';
import { projectionRunner } from '../src/projection-runner.ts';

export type Count = { readonly id: string; readonly count: number; readonly last: unknown };
export type Place = Awaited<ReturnType<typeof openPlace>>;

export const counts: DocumentProjection<Count> = {
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

/** A database with the tables of two views, and a log in memory to fill them from. */
export async function openPlace(infra: TestInfrastructure) {
  const database = await infra.database();
  const newPool = (): Pool => database.pool('resource_store', 8);
  const pool = newPool();
  const ledger = memoryLedger();
  await pool.query(`
    create table projection_cursor (name text primary key, position bigint not null);
    create table count_view (
      key text primary key, view jsonb not null, count int generated always as ((view ->> 'count')::int) stored
    );
    create index on count_view (count);
    create table total_view (key text primary key, view jsonb not null);`);
  const runnerOn = (on: Pool = pool, from: LedgerPort = ledger) =>
    projectionRunner({ pool: on, ledger: from, projections: PROJECTIONS });

  return {
    ...{ pool, newPool, ledger, runnerOn, remove: () => database.remove() },
    /** Counts a thing in a stream, so many times. */
    write: async (count: number, stream = 'a', data: unknown = {}): Promise<void> => {
      const events = Array.from({ length: count }, () => ({ id: randomUUID(), type: 'thing.counted', data }));
      await ledger.append({ appendId: randomUUID(), writes: [{ stream, expected: 'any', events }] });
    },
    /** Applies everything there is, as a follower would. */
    catchUp: async (runner: ReturnType<typeof runnerOn>): Promise<void> => {
      let next = await runner.position();
      while (next < ledger.events.length) {
        const page = await ledger.readAll({ fromPosition: next, limit: 3 });
        next = await runner.apply(page.events, { from: next, to: page.scannedTo });
      }
    },
    countOf: async (key: string): Promise<number | undefined> =>
      (await pool.query<{ count: number }>('select count from count_view where key = $1', [key])).rows[0]?.count,
  };
}
