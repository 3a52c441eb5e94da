import type { getLogKeys, ReplyOf } from '@causeway/contracts';
import { consistencyProof } from '@causeway/ledger';
import type { Log } from '@causeway/messaging';
import type { Pool } from '@causeway/postgres';
import { keepCosignature, newestCheckpoint, newestCosigned } from '../sign/checkpoints.queries.ts';
import type { StoredTree } from '../tree/stored-tree.ts';
import { postToWitness } from './post-to-witness.ts';
import { witnessFeeder, type WitnessFeeder } from './witness-feeder.ts';
import { witnessesFile } from './witness-list.ts';
import { witnessView } from './witness-views.ts';

export type WitnessesOptions = {
  readonly pool: Pool;
  readonly stored: () => StoredTree;
  /** File that lists the witnesses; none when undefined. */
  readonly file: string | undefined;
  readonly log: Log;
  /** Told the size of the newest checkpoint that a witness, by name, is known to have cosigned; 0 when none. */
  readonly onCosigned: (witness: string, size: number) => void;
};

export type Witnesses = {
  readonly feeder: WitnessFeeder;
  readonly views: () => Promise<ReplyOf<typeof getLogKeys>['witnesses']>;
};

/** The witnesses that this log asks, and what is told of them. */
export function assembleWitnesses({ pool, stored, file, log, onCosigned }: WitnessesOptions): Witnesses {
  const witnesses = witnessesFile(file, log);
  const feeder = witnessFeeder({
    ...{ witnesses, log, post: postToWitness },
    proof: (fromSize, toSize) => consistencyProof(fromSize, toSize, stored().hashes(toSize)),
    cosignedSize: async ({ vkey, key }) => {
      const size = (await newestCosigned(pool, vkey))?.size ?? 0;
      onCosigned(key.name, size);
      return size;
    },
    keep: async ({ witness, size, line, timestampS }) => {
      const cosignedAt = new Date(timestampS * 1_000).toISOString();
      await keepCosignature(pool, { ...{ size, line, witness: witness.vkey }, cosignedAt });
      onCosigned(witness.key.name, size);
    },
  });
  return {
    feeder,
    views: async () => {
      const newest = await newestCheckpoint(pool);
      return Promise.all(
        witnesses().map(async (witness) => {
          const cosigned = await newestCosigned(pool, witness.vkey);
          return witnessView({ witness, cosigned, problem: feeder.problemOf(witness.vkey) }, newest, Date.now());
        }),
      );
    },
  };
}
