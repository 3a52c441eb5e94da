import { HASH_BYTES } from '../chain.ts';
import type { HashReader, Node } from '../merkle/proofs.ts';
import { nodeHash } from '../merkle/tree-hash.ts';
import { TileError } from './tile-error.ts';
import { TILE_HEIGHT, TILE_WIDTH, type TileId } from './tiles.ts';

/**
 * Reads hashes of a tree out of its tiles (C2SP tlog-tiles): a node is worked out from the one tile that holds it, and each tile is read at most once.
 * Rejects with TileError TILE_TOO_SMALL when the tree has no such node, TILE_MALFORMED when a tile does not have the bytes that it should, and with
 * whatever `readTile` rejects with.
 * @param size number of leaves; it decides how wide the last tile of each level is
 */
export function tileHashReader(size: number, readTile: (tile: TileId) => Promise<Uint8Array>): HashReader {
  const tiles = new Map<string, Promise<Uint8Array>>();

  function tileAt(level: number, index: number): Promise<Uint8Array> {
    const key = `${level}/${index}`;
    const known = tiles.get(key);
    if (known) return known;
    const tile = readWhole(level, index);
    tiles.set(key, tile);
    return tile;
  }

  async function readWhole(level: number, index: number): Promise<Uint8Array> {
    const hashes = Math.floor(size / TILE_WIDTH ** level);
    const width = Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH);
    const bytes = await readTile({ level, index, width });
    if (bytes.length !== width * HASH_BYTES)
      throw new TileError(
        'TILE_MALFORMED',
        `tile ${level}/${index} has ${bytes.length} bytes, ${width} hashes have ${width * HASH_BYTES}`,
      );
    return bytes;
  }

  async function read({ level, index }: Node): Promise<Uint8Array> {
    if ((index + 1) * 2 ** level > size)
      throw new TileError('TILE_TOO_SMALL', `a tree of ${size} leaves has no hash ${index} at level ${level}`);
    const tileLevel = Math.floor(level / TILE_HEIGHT);
    const width = 2 ** (level % TILE_HEIGHT);
    const first = index * width;
    const tile = await tileAt(tileLevel, Math.floor(first / TILE_WIDTH));
    const start = (first % TILE_WIDTH) * HASH_BYTES;
    return foldPerfect(tile.subarray(start, start + width * HASH_BYTES));
  }

  return (nodes) => Promise.all(nodes.map(read));
}

/** The root over a number of hashes in a row that is a power of two. */
function foldPerfect(hashes: Uint8Array): Uint8Array {
  if (hashes.length === HASH_BYTES) return hashes;
  const middle = hashes.length / 2;
  return nodeHash(foldPerfect(hashes.subarray(0, middle)), foldPerfect(hashes.subarray(middle)));
}
