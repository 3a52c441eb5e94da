import { randomUUID } from 'node:crypto';
import { chainHash, genesis, leafHash, toHex } from '@causeway/ledger';
import { sample, figuresOf } from '../../load.ts';
import type { Contestant } from '../../contestant.ts';
import { bareLeaf, newStreamName } from '../events.ts';
import { streamPool, type Place } from '../streams.ts';
import { COLUMNS, ledgerTable } from './table.ts';

const MAX_BATCH = 512;
export const GROUP_COMMIT = 'floor: group commit in process';

type Waiting = { readonly place: Place; readonly resolve: () => void; readonly reject: (error: unknown) => void };

/**
 * A log at its barest: one connection, one transaction at a time, what arrives meanwhile goes into the next one. Leaves, their hashes and the
 * chain are made here; there is no bus, no check of what is appended, no answer to a repetition, no publication.
 */
export async function groupCommitFloor(url: string, streams: number): Promise<GroupCommitFloor> {
  const client = await ledgerTable(url, 'floor_group_commit');
  let position = 0;
  let chain = genesis('ledger.causeway.local/bench');
  const waiting: Waiting[] = [];
  let busy = false;

  function rowOf({ stream, version }: Place) {
    const event = { position: position++, previous: toHex(chain), id: randomUUID(), stream, version: version + 1 };
    const leaf = bareLeaf(event);
    const hash = leafHash(leaf);
    chain = chainHash(chain, hash);
    return { ...event, leaf, hash, chain };
  }

  async function commit(batch: readonly Waiting[]): Promise<void> {
    const rows = batch.map(({ place }) => rowOf(place));
    await client.query({
      name: 'floor-group-commit',
      text: `insert into floor_group_commit (${COLUMNS})
        select * from unnest($1::bigint[], $2::text[], $3::int[], $4::uuid[], $5::bytea[], $6::bytea[], $7::bytea[])`,
      values: [
        ...[rows.map((row) => row.position), rows.map((row) => row.stream), rows.map((row) => row.version)],
        ...[rows.map((row) => row.id), rows.map((row) => row.leaf)],
        ...[rows.map((row) => row.hash), rows.map((row) => row.chain)],
      ],
    });
  }

  async function drain(): Promise<void> {
    busy = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, MAX_BATCH);
      try {
        await commit(batch);
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    busy = false;
  }

  const append = (place: Place): Promise<void> =>
    new Promise((resolve, reject) => {
      waiting.push({ place, resolve, reject });
      if (!busy) void drain();
    });
  const pool = streamPool(streams, newStreamName);
  const appendNext = () => pool.next((place) => append(place).then(() => 1));
  return {
    at: (inFlight) => ({
      name: GROUP_COMMIT,
      inFlight,
      measure: async (load) => figuresOf([await sample(load, appendNext)]),
    }),
    close: () => client.end(),
  };
}

export type GroupCommitFloor = {
  readonly at: (inFlight: number) => Contestant;
  readonly close: () => Promise<void>;
};
