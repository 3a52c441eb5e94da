import { recent } from '@causeway/eventing';
import { TILE_WIDTH, HASH_BYTES, tileHashReader, type HashReader, type TileId } from '@causeway/ledger';
import type { Pool } from '@causeway/postgres';
import { fullTiles, type EdgeState } from './edge.ts';
import { countLeafTiles, readFullTile, readLeafHashes, readTileRoots } from './tiles.queries.ts';

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

const CACHED_TILES = 256;

/** Reads the tree. Full tiles never change, so those read last are kept in memory: at most 4 MiB. */
export function storedTree(pool: Pool): StoredTree {
  const cache = recent<string, Uint8Array>(CACHED_TILES);

  async function fullTile(level: number, index: number): Promise<Uint8Array | undefined> {
    const key = `${level}/${index}`;
    const known = cache.get(key);
    if (known) return known;
    const hashes = await readFullTile(pool, level, index);
    if (hashes) cache.set(key, hashes);
    return hashes;
  }

  /** The first hashes of a tile, from the leaves or from the roots one level below. */
  async function partialTile({ level, index, width }: TileId): Promise<Uint8Array | undefined> {
    const range = { from: index * TILE_WIDTH, to: index * TILE_WIDTH + width };
    const hashes = await (level === 0 ? readLeafHashes(pool, range) : readTileRoots(pool, level - 1, range));
    return hashes.length === width * HASH_BYTES ? hashes : undefined;
  }

  const tile = (id: TileId) => (id.width === TILE_WIDTH ? fullTile(id.level, id.index) : partialTile(id));

  return {
    tile,
    hashes: (size) =>
      tileHashReader(size, async (id) => {
        const hashes = await tile(id);
        if (!hashes) throw new Error(`the tile ${id.index} of level ${id.level} is not there yet; ask again`);
        return hashes;
      }),
    edge: async () => {
      const size = (await countLeafTiles(pool)) * TILE_WIDTH;
      const levels: Uint8Array[] = [new Uint8Array()];
      for (let level = 1; fullTiles(size, level - 1) > 0; level++) {
        const range = { from: fullTiles(size, level) * TILE_WIDTH, to: fullTiles(size, level - 1) };
        levels.push(await readTileRoots(pool, level - 1, range));
      }
      return { size, levels };
    },
    forget: cache.clear,
  };
}
