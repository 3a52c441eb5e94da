import { compactRange, HASH_BYTES, rootOf, TILE_WIDTH } from '@causeway/ledger';

/** A tile that will never change: {@link TILE_WIDTH} hashes joined, and the root of the perfect subtree above them. */
export type FullTile = {
  readonly level: number;
  readonly index: number;
  readonly hashes: Uint8Array;
  readonly root: Uint8Array;
};

/** Where a tree grows: its size, and the hashes of each level's partial tile, joined, from level 0 up. */
export type EdgeState = { readonly size: number; readonly levels: readonly Uint8Array[] };

export type Edge = {
  /** Number of leaves. */
  readonly size: () => number;
  /** Takes further leaf hashes, 32 bytes each, joined; returns the tiles that they filled, lower levels first. */
  readonly append: (leafHashes: Uint8Array) => readonly FullTile[];
  /** Root of the whole tree (RFC 6962 2.1). */
  readonly root: () => Uint8Array;
};

type Partial = { index: number; count: number; hashes: Uint8Array };

const TILE_BYTES = TILE_WIDTH * HASH_BYTES;

/** The right edge of a tree: all that is needed of it in memory to grow it and to name its root. RangeError when the state contradicts itself. */
export function treeEdge(state: EdgeState = { size: 0, levels: [] }): Edge {
  let size = state.size;
  const levels = state.levels.map((hashes, level) => partialTile(size, level, hashes));

  function take(level: number, hash: Uint8Array, filled: FullTile[]): void {
    const tile = (levels[level] ??= { index: 0, count: 0, hashes: new Uint8Array(TILE_BYTES) });
    tile.hashes.set(hash, tile.count * HASH_BYTES);
    if (++tile.count < TILE_WIDTH) return;
    const root = rootOf(split(tile.hashes));
    filled.push({ level, index: tile.index, hashes: tile.hashes, root });
    levels[level] = { index: tile.index + 1, count: 0, hashes: new Uint8Array(TILE_BYTES) };
    take(level + 1, root, filled);
  }

  return {
    size: () => size,
    append: (leafHashes) => {
      const filled: FullTile[] = [];
      for (const hash of split(leafHashes)) take(0, hash, filled);
      size += leafHashes.length / HASH_BYTES;
      return filled;
    },
    root: () => {
      const hashes = levels.toReversed().flatMap(({ count, hashes: joined }) => {
        const range = compactRange();
        for (const hash of split(joined.subarray(0, count * HASH_BYTES))) range.append(hash);
        return range.state().hashes;
      });
      return compactRange({ size, hashes }).root();
    },
  };
}

/** How many full tiles a level has in a tree of this size. */
export function fullTiles(size: number, level: number): number {
  let tiles = size;
  for (let below = 0; below <= level; below++) tiles = Math.floor(tiles / TILE_WIDTH);
  return tiles;
}

function partialTile(size: number, level: number, hashes: Uint8Array): Partial {
  const index = fullTiles(size, level);
  const below = level === 0 ? size : fullTiles(size, level - 1);
  const count = below - index * TILE_WIDTH;
  if (hashes.length !== count * HASH_BYTES)
    throw new RangeError(`level ${level} of a tree of ${size} ends in ${count} hashes, not in ${hashes.length} bytes`);
  const joined = new Uint8Array(TILE_BYTES);
  joined.set(hashes);
  return { index, count, hashes: joined };
}

function split(joined: Uint8Array): Uint8Array[] {
  if (joined.length % HASH_BYTES !== 0) throw new RangeError(`${joined.length} bytes are not whole hashes`);
  return Array.from({ length: joined.length / HASH_BYTES }, (_, n) =>
    joined.subarray(n * HASH_BYTES, (n + 1) * HASH_BYTES),
  );
}
