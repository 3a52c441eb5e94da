import { randomUUID } from 'node:crypto';
import { measure } from '../../load.ts';
import type { Contestant } from '../../contestant.ts';
import { bareLeaf, newStreamName } from '../events.ts';
import { COLUMNS, ledgerTable } from './table.ts';

const HASH = Buffer.alloc(32);
export const SINGLE_INSERT = 'floor: insert of one row';

/** One row, committed by itself: what an append alone cannot be faster than. */
export async function singleInsertFloor(url: string): Promise<Contestant & { readonly close: () => Promise<void> }> {
  const client = await ledgerTable(url, 'floor_single_insert');
  const stream = newStreamName();
  let position = 0;
  const insert = async () => {
    const id = randomUUID();
    const version = ++position;
    const leaf = bareLeaf({ position, previous: '0'.repeat(64), id, stream, version });
    await client.query({
      name: 'floor-single-insert',
      text: `insert into floor_single_insert (${COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7)`,
      values: [position, stream, version, id, leaf, HASH, HASH],
    });
  };
  return { name: SINGLE_INSERT, inFlight: 1, measure: (load) => measure(load, insert), close: () => client.end() };
}
