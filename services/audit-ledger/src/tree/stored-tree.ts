import { TILE_WIDTH, tileHashReader, type HashReader, type TileId } from '@causeway/ledger';
import type { Queryable } from '@causeway/postgres';
import { fullTiles, type EdgeState } from './edge.ts';
import { keptNodes } from './kept-nodes.ts';
import { keptTiles } from './kept-tiles.ts';
import { countLeafTiles, readTileRoots, readTiles } from './tiles.queries.ts';

/** The tree as the database holds it: full tiles, and partial ones worked out from what is below them. */
export type StoredTree = {
  /** The hashes of a tile, full or partial; undefined when the database does not hold all of them. */
  readonly tile: (tile: TileId) => Promise<Uint8Array | undefined>;
  /** Reads nodes of the tree of this size; throws when a tile that it needs is not there. */
  readonly hashes: (size: number) => HashReader;
  /** Where the full tiles end: from there the tree is grown. */
  readonly edge: () => Promise<EdgeState>;
  /** Drops what is kept in memory: the database may be another one now. */
  readonly forget: () => void;
};

/** Reads the tree, see {@link keptTiles} and {@link keptNodes}. */
export function storedTree(db: Queryable): StoredTree {
  const { tile, forget: forgetTiles } = keptTiles((tiles) => readTiles(db, tiles));
  const nodes = keptNodes();
  const tileThere = async (id: TileId): Promise<Uint8Array> => {
    const hashes = await tile(id);
    if (!hashes) throw new Error(`the tile ${id.index} of level ${id.level} is not there yet; ask again`);
    return hashes;
  };
  return {
    tile,
    hashes: (size) => nodes.over(size, tileHashReader(size, tileThere)),
    edge: async () => {
      const size = (await countLeafTiles(db)) * TILE_WIDTH;
      const levels: Uint8Array[] = [new Uint8Array()];
      for (let level = 1; fullTiles(size, level - 1) > 0; level++) {
        const range = { from: fullTiles(size, level) * TILE_WIDTH, to: fullTiles(size, level - 1) };
        levels.push(await readTileRoots(db, level - 1, range));
      }
      return { size, levels };
    },
    forget: () => {
      forgetTiles();
      nodes.forget();
    },
  };
}
