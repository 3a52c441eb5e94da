import { randomUUID } from 'node:crypto';
import { connectPostgres, inTransaction } from '@causeway/postgres';
import { measure } from '../../load.ts';
import { bareLeaf, newStreamName } from '../events.ts';
import { streamPool } from '../streams.ts';
import { CONNECTIONS, type Peer } from './peer.ts';

const LOCK = 7_310_001;

/**
 * The usual way to a strict order without gaps: each append is a transaction that holds one lock until it is committed. Appends from many
 * connections, one commit after the other.
 */
export async function advisoryLock(url: string, streams: number): Promise<Peer> {
  const password = decodeURIComponent(new URL(url).password);
  const connections = connectPostgres({ url, password, name: 'bench-peer', maxConnections: CONNECTIONS });
  await connections.query(
    `create table peer_advisory_lock (
      position bigint primary key, stream text not null, version integer not null, id uuid not null unique,
      leaf bytea not null, unique (stream, version))`,
  );
  const pool = streamPool(streams, newStreamName);
  const append = () =>
    pool.next(async ({ stream, version }) => {
      const id = randomUUID();
      const leaf = bareLeaf({ position: 0, previous: '0'.repeat(64), id, stream, version: version + 1 });
      await inTransaction(connections, async (client) => {
        await client.query({
          name: 'peer-lock',
          text: 'select pg_advisory_xact_lock($1)',
          values: [LOCK],
        });
        await client.query({
          name: 'peer-append',
          text: `insert into peer_advisory_lock (position, stream, version, id, leaf)
            select coalesce(max(position), -1) + 1, $1, $2, $3, $4 from peer_advisory_lock`,
          values: [stream, version + 1, id, leaf],
        });
      });
      return 1;
    });
  return {
    at: (inFlight) => ({
      name: 'peer: transaction with advisory lock',
      inFlight,
      measure: (load) => measure(load, append),
    }),
    close: () => connections.end(),
  };
}
