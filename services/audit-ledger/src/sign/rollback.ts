import { consistencyProof, TILE_WIDTH, treeRoot } from '@causeway/ledger';
import type { Pool } from '@causeway/postgres';
import type { TileWriter } from '../tree/tile-writer.ts';
import type { StoredTree } from '../tree/stored-tree.ts';
import { newestCheckpoint } from './checkpoints.queries.ts';
import { SigningRefused, type Signer } from './signer.ts';
import { assertSuccession } from './succession.ts';

export type RollbackCheck = {
  readonly pool: Pool;
  readonly signer: Signer;
  readonly stored: StoredTree;
  readonly tiles: TileWriter;
  /** The time now, ISO 8601. */
  readonly now: () => string;
};

/**
 * Compares the database with what the signer remembers, and makes the first key of a log that was never signed. Throws SigningRefused when the
 * log in the database is not the one that was signed, or when what was signed cannot be told; other errors say nothing about the log.
 * @param size number of committed events
 */
export async function assertNotRolledBack(parts: RollbackCheck, size: number): Promise<void> {
  const { pool, signer, now } = parts;
  const newest = await newestCheckpoint(pool);
  let last = await signer.lastSigned();
  if (!last && !newest) {
    await signer.create(now());
    last = await signer.lastSigned();
  }
  if (!last)
    throw new SigningRefused(
      'MEMORY_LOST',
      `the database holds a checkpoint of ${newest?.size ?? 0} events, but the signer's folder is empty: whether the log was rolled back since cannot be told; restore the folder from its newest copy`,
    );
  if (newest && newest.size > last.size)
    throw new SigningRefused(
      'MEMORY_LOST',
      `the database holds a checkpoint of ${newest.size} events, but the signer remembers ${last.size}: its folder is an older copy; restore the newest one`,
    );
  await assertBeginsWith(parts, last, size);
}

type Last = NonNullable<Awaited<ReturnType<Signer['lastSigned']>>>;

async function assertBeginsWith({ stored, tiles }: RollbackCheck, last: Last, size: number): Promise<void> {
  if (size < last.size) {
    const to = { size, root: new Uint8Array() };
    return assertSuccession(last, { fromSize: last.size, to, proof: [] });
  }
  stored.forget();
  tiles.forget();
  if (last.size - (await stored.edge()).size >= TILE_WIDTH) await tiles.growTo(last.size);
  const root = await treeRoot(last.size, stored.hashes(last.size));
  assertSuccession(last, { fromSize: last.size, to: { size: last.size, root }, proof: [] });
}

/** Signs the tree of this size: the signer is shown that it goes on from what it signed last. Returns its root and the note. */
export async function signTree(
  { signer, stored, tiles }: Pick<RollbackCheck, 'signer' | 'stored' | 'tiles'>,
  size: number,
): Promise<{ readonly size: number; readonly root: Uint8Array; readonly note: string }> {
  const root = await tiles.growTo(size);
  const last = await signer.lastSigned();
  const fromSize = last?.size ?? 0;
  const proof = fromSize < size ? await consistencyProof(fromSize, size, stored.hashes(size)) : [];
  const note = await signer.sign({ fromSize, to: { size, root }, proof });
  return { size, root, note };
}
