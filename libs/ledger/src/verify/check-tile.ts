import { HASH_BYTES, sameBytes } from '../chain.ts';
import type { BuiltTile } from '../tiles/tile-builder.ts';
import { TileError } from '../tiles/tile-error.ts';
import { decodeEntryBundle, encodeEntryBundle, entriesPath, TILE_WIDTH, tilePath } from '../tiles/tiles.ts';
import type { VagueFinding } from './finding-list.ts';
import { widthIn, type LogSource } from './log-source.ts';

/** Compares the kept tile with the hashes that were worked out; those of a tile that goes on after them are not looked at. */
export async function checkTile(source: LogSource, { tile, bytes }: BuiltTile): Promise<readonly VagueFinding[]> {
  const kept = { ...tile, width: widthIn(source.size, tile) };
  const where = tilePath(kept);
  const stored = await source.readTile(kept);
  const leavesPerHash = TILE_WIDTH ** tile.level;
  const first = tile.index * TILE_WIDTH * leavesPerHash;
  if (!stored) return [{ position: first, code: 'TILE_MISSING', detail: 'the tile is not there', where }];
  if (stored.length !== kept.width * HASH_BYTES) {
    const detail = `the tile has ${stored.length} bytes, ${kept.width} hashes have ${kept.width * HASH_BYTES}`;
    return [{ position: first, code: 'TILE_MISMATCH', detail, where }];
  }
  const differing = firstDifference(stored, bytes);
  if (differing === undefined) return [];
  const detail = `hash ${differing} of the tile is not the one that the events have`;
  const position = first + differing * leavesPerHash;
  return [
    { position, ...(tile.level > 0 && { upTo: position + leavesPerHash }), code: 'TILE_MISMATCH', detail, where },
  ];
}

/** Compares the kept entry bundle with the leaves of the same positions. */
export async function checkEntries(
  source: LogSource,
  { index, leaves }: { readonly index: number; readonly leaves: readonly Uint8Array[] },
): Promise<readonly VagueFinding[]> {
  const bundle = { index, width: widthIn(source.size, { level: 0, index }) };
  const stored = await source.readEntries?.(bundle);
  const [position, where] = [index * TILE_WIDTH, entriesPath(bundle)];
  if (!stored) return [{ position, code: 'TILE_MISSING', detail: 'the entry bundle is not there', where }];
  if (sameBytes(stored, encodeEntryBundle(leaves))) return [];
  const other = leavesIn(stored);
  const differing = leaves.findIndex((leaf, n) => !other[n] || !sameBytes(leaf, other[n]));
  const detail = 'the entry bundle holds other leaves than the events are';
  return [{ position: position + Math.max(differing, 0), code: 'ENTRIES_MISMATCH', detail, where }];
}

function leavesIn(bundle: Uint8Array): readonly Uint8Array[] {
  try {
    return decodeEntryBundle(bundle);
  } catch (error) {
    if (error instanceof TileError) return [];
    throw error;
  }
}

function firstDifference(stored: Uint8Array, built: Uint8Array): number | undefined {
  for (let at = 0; at < built.length; at += HASH_BYTES)
    if (!sameBytes(stored.subarray(at, at + HASH_BYTES), built.subarray(at, at + HASH_BYTES))) return at / HASH_BYTES;
  return undefined;
}
