import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { figuresOf, sample } from '../../load.ts';
import type { Contestant } from '../../contestant.ts';
import { bareLeaf, newStreamName } from '../events.ts';
import { COLUMNS, ledgerTable } from './table.ts';

const HASH = `\\\\x${'00'.repeat(32)}`;
const ROWS_A_CHUNK = 100;

/** The same rows by COPY, so many in one transaction: what this Postgres can take in at all. Latencies are those of a whole COPY. */
export async function copyFloor(
  url: string,
  rowsEach: number,
): Promise<Contestant & { readonly close: () => Promise<void> }> {
  const client = await ledgerTable(url, 'floor_copy');
  const stream = newStreamName();
  let position = 0;
  // All leaves are alike, so that what is measured is storing them.
  const sealed = bareLeaf({ position, previous: '0'.repeat(64), id: randomUUID(), stream, version: 1 }).toString('hex');

  const row = () => `${position}\t${stream}\t${++position}\t${randomUUID()}\t\\\\x${sealed}\t${HASH}\t${HASH}\n`;
  function* chunks() {
    for (let rows = 0; rows < rowsEach; rows += ROWS_A_CHUNK)
      yield Buffer.from(Array.from({ length: Math.min(ROWS_A_CHUNK, rowsEach - rows) }, row).join(''));
  }
  const copy = () =>
    pipeline(Readable.from(chunks()), client.query(copyFrom(`copy floor_copy (${COLUMNS}) from stdin`)));
  return {
    name: `floor: COPY of ${rowsEach} rows`,
    inFlight: 1,
    measure: async (load) => figuresOf([await sample(load, copy)], rowsEach),
    close: () => client.end(),
  };
}
