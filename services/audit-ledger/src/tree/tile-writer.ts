import type { Queryable } from '@causeway/postgres';
import { treeEdge, type Edge } from './edge.ts';
import type { StoredTree } from './stored-tree.ts';
import { readLeafHashes, writeTiles } from './tiles.queries.ts';

export type TileWriter = {
  /** Writes every full tile of the tree of this size and returns its root. RangeError when the tree is larger already. */
  readonly growTo: (size: number) => Promise<Uint8Array>;
  /** What is in memory counts no more: another replica may have written. */
  readonly forget: () => void;
};

/** Leaves that one read takes: 128 tiles, 1 MiB, are written at once. */
const STRIDE = 32_768;

/**
 * Grows the stored tree after commits, from the leaf hashes in the database alone: it can be called late, again, or by two replicas at once,
 * and writes the same. It MUST NOT be asked for more leaves than are committed.
 */
export function tileWriter(db: Queryable, stored: StoredTree): TileWriter {
  let edge: Edge | undefined;
  let forgotten = 0;

  async function takeLeaves(grown: Edge, to: number): Promise<void> {
    const from = grown.size();
    const leafHashes = await readLeafHashes(db, { from, to });
    const filled = grown.append(leafHashes);
    if (grown.size() !== to)
      throw new Error(`the log holds ${grown.size()} leaves without a gap, not ${to}: it was cut or changed`);
    await writeTiles(db, filled);
  }

  return {
    growTo: async (size) => {
      const since = forgotten;
      const grown = edge ?? treeEdge(await stored.edge());
      // Only what was written whole may be gone on from.
      edge = undefined;
      if (size < grown.size()) throw new RangeError(`the tree has ${grown.size()} leaves and cannot shrink to ${size}`);
      while (grown.size() < size) {
        await takeLeaves(grown, Math.min(size, grown.size() + STRIDE));
        await new Promise((resolve) => setImmediate(resolve));
      }
      if (since === forgotten) edge = grown;
      return grown.root();
    },
    forget: () => {
      forgotten++;
      edge = undefined;
    },
  };
}
