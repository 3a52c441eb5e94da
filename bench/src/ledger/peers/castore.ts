import { randomUUID } from 'node:crypto';
import { PostgresEventStorageAdapter } from '@castore/event-storage-adapter-postgres';
import { measure } from '../../load.ts';
import type { Contestant } from '../../contestant.ts';
import { newEvents } from '../events.ts';
import { streamPool } from '../streams.ts';
import { CONNECTIONS, type Peer } from './peer.ts';

/**
 * Castore with its adapter for Postgres, as its documentation shows it: one insert for each event, versions checked by a unique key. It
 * gives events no common order, does not recognise a repetition, and seals nothing.
 */
export async function castore(url: string, streams: number): Promise<Peer> {
  const target = new URL(url);
  // Its client takes its settings from the URL. What is idle is closed, because the adapter has no way to close it.
  target.searchParams.set('max', String(CONNECTIONS));
  target.searchParams.set('idle_timeout', '5');
  const connectionString = target.href;
  const tableName = 'peer_castore';
  await PostgresEventStorageAdapter.createEventTable({ connectionString, tableName, aggregateId: { type: 'UUID' } });
  const store = new PostgresEventStorageAdapter({ connectionString, tableName });
  const pool = streamPool(streams, randomUUID);
  const push = () =>
    pool.next(async ({ stream, version }) => {
      const [{ id, type, data }] = newEvents(1, version) as [{ id: string; type: string; data: unknown }];
      await store.pushEvent(
        {
          aggregateId: stream,
          version: version + 1,
          type,
          payload: data,
          metadata: { id, actor: { kind: 'system', id: 'bench' }, scope: stream },
        },
        { eventStoreId: 'BENCH' },
      );
      return 1;
    });
  return {
    at: (inFlight): Contestant => ({ name: 'peer: castore', inFlight, measure: (load) => measure(load, push) }),
    close: () => Promise.resolve(),
  };
}
