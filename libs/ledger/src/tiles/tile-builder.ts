import { digest, HASH_BYTES } from '../chain.ts';
import { isCount } from '../encoding.ts';
import { foldRight } from '../merkle/tree-hash.ts';
import { TILE_WIDTH, type TileId } from './tiles.ts';

export type BuiltTile = { readonly tile: TileId; readonly bytes: Uint8Array };

/** A tree that grows at its right edge and hands out its tiles (C2SP tlog-tiles) as they become full, in memory of one tile per level. */
export type TileBuilder = {
  readonly append: (leafHash: Uint8Array) => void;
  readonly size: () => number;
  /** The root of the tree as it is now (RFC 6962 2.1). */
  readonly root: () => Uint8Array;
  /** The tiles that are not full, of the tree as it is now. */
  readonly partial: () => readonly BuiltTile[];
};

export type TileBuilderStart = {
  readonly size: number;
  /** Bytes of the partial tile of a level in the tree of this size; asked for levels that have one. */
  readonly partialTile: (tile: TileId) => Uint8Array;
};

type Level = { readonly bytes: Uint8Array; width: number; index: number };

const TILE_BYTES = TILE_WIDTH * HASH_BYTES;

/**
 * Builds tiles from leaf hashes.
 * @param onFull hears of each full tile once; the bytes are its own
 * @param start where to go on; RangeError for a size that is none, or a partial tile of another width
 */
export function tileBuilder(onFull: (built: BuiltTile) => void, start?: TileBuilderStart): TileBuilder {
  const levels: Level[] = start ? resume(start) : [];
  let size = start?.size ?? 0;

  function add(level: number, hash: Uint8Array): void {
    const at = (levels[level] ??= { bytes: new Uint8Array(TILE_BYTES), width: 0, index: 0 });
    at.bytes.set(hash, at.width * HASH_BYTES);
    at.width++;
    if (at.width < TILE_WIDTH) return;
    const bytes = at.bytes.slice();
    onFull({ tile: { level, index: at.index, width: TILE_WIDTH }, bytes });
    at.width = 0;
    at.index++;
    add(level + 1, perfectRoot(bytes));
  }

  return {
    size: () => size,
    append: (leafHash) => {
      if (leafHash.length !== HASH_BYTES)
        throw new RangeError(`a tree hash has ${HASH_BYTES} bytes, not ${leafHash.length}`);
      add(0, leafHash);
      size++;
    },
    root: () => foldRight(levels.toReversed().flatMap(perfectRoots)),
    partial: () =>
      levels.flatMap(({ bytes, width, index }, level) =>
        width === 0 ? [] : [{ tile: { level, index, width }, bytes: bytes.slice(0, width * HASH_BYTES) }],
      ),
  };
}

/** Where each level of the tree of this size stands: its partial tiles hold all there is to go on from. */
export function partialTilesOf(size: number): readonly TileId[] {
  if (!isCount(size)) throw new RangeError(`a tree has 0 to 2^53-1 leaves, not ${size}`);
  const tiles: TileId[] = [];
  for (let level = 0, hashes = size; hashes > 0; level++, hashes = Math.floor(hashes / TILE_WIDTH)) {
    const width = hashes % TILE_WIDTH;
    if (width > 0) tiles.push({ level, index: Math.floor(hashes / TILE_WIDTH), width });
  }
  return tiles;
}

function resume({ size, partialTile }: TileBuilderStart): Level[] {
  const levels: Level[] = [];
  for (const tile of partialTilesOf(size)) {
    const known = partialTile(tile);
    if (known.length !== tile.width * HASH_BYTES)
      throw new RangeError(`${tile.width} hashes have ${tile.width * HASH_BYTES} bytes, not ${known.length}`);
    const bytes = new Uint8Array(TILE_BYTES);
    bytes.set(known);
    levels[tile.level] = { bytes, width: tile.width, index: tile.index };
  }
  for (let level = 0, hashes = size; hashes > 0; level++, hashes = Math.floor(hashes / TILE_WIDTH))
    levels[level] ??= { bytes: new Uint8Array(TILE_BYTES), width: 0, index: Math.floor(hashes / TILE_WIDTH) };
  return levels;
}

/** The roots of the fewest perfect subtrees over the hashes of a tile, largest first. */
function perfectRoots({ bytes, width }: Level): readonly Uint8Array[] {
  const roots: Uint8Array[] = [];
  let at = 0;
  for (let leaves = TILE_WIDTH; leaves >= 1; leaves /= 2) {
    if (width - at < leaves) continue;
    roots.push(perfectRoot(bytes.slice(at * HASH_BYTES, (at + leaves) * HASH_BYTES)));
    at += leaves;
  }
  return roots;
}

// One block for every node, since hashing is synchronous.
const block = new Uint8Array(1 + 2 * HASH_BYTES);
block[0] = 1;

/** The root over hashes in a row whose number is a power of two (RFC 6962 2.1); the bytes are left as they were. */
export function perfectRoot(hashes: Uint8Array): Uint8Array {
  const row = hashes.slice();
  for (let length = row.length; length > HASH_BYTES; length /= 2) {
    for (let at = 0; at < length; at += 2 * HASH_BYTES) {
      block.set(row.subarray(at, at + 2 * HASH_BYTES), 1);
      row.set(digest(block), at / 2);
    }
  }
  return row.slice(0, HASH_BYTES);
}
