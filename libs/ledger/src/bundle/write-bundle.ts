import { HASH_BYTES } from '../chain.ts';
import { leafHash } from '../chain.ts';
import { consistencyProof } from '../merkle/proofs.ts';
import { partialTilesOf, tileBuilder, type BuiltTile } from '../tiles/tile-builder.ts';
import { tileHashReader } from '../tiles/tile-reader.ts';
import { encodeEntryBundle, entriesPath, TILE_WIDTH, tilePath, type TileId } from '../tiles/tiles.ts';
import type { StoredRecord } from '../verify.ts';
import { widthIn, type LogSource } from '../verify/log-source.ts';
import {
  BUNDLE_FILES,
  BundleError,
  formatEvent,
  formatKeys,
  formatManifest,
  type BundleKeys,
  type BundleSink,
} from './bundle.ts';

export type BundleContent = {
  /** What to write; whole tiles, as `wholeTiles` makes them. */
  readonly source: LogSource<StoredRecord>;
  /** A signed checkpoint of `source.size` leaves. */
  readonly note: string;
  readonly keys: BundleKeys;
  /** Files for the reader, by path. */
  readonly others: ReadonlyMap<string, string>;
};

/**
 * Writes a bundle, in memory that does not grow with the log. Tiles over the events are worked out from them; those that only a part of a log needs to
 * be proven come from the source. Nothing is checked here: judge what was written. Throws BundleError when the source lacks an event or a tile.
 */
export async function writeBundle({ source, note, keys, others }: BundleContent, sink: BundleSink): Promise<void> {
  const { origin, from, to } = source;
  const put = (path: string, text: string): Promise<void> => sink.write(path, new TextEncoder().encode(text));
  await put(BUNDLE_FILES.manifest, formatManifest({ origin, from, to }));
  await put(BUNDLE_FILES.checkpoint, note);
  await put(BUNDLE_FILES.keys, formatKeys(keys));
  for (const [path, text] of others) await put(path, text);
  const written = await writeEvents(source, sink);
  await writeOtherTiles(source, written, sink);
}

async function writeEvents(source: LogSource<StoredRecord>, sink: BundleSink): Promise<ReadonlySet<string>> {
  const { from, to, size } = source;
  const written = new Set<string>();
  const waiting: BuiltTile[] = [];
  const builder = tileBuilder((built) => void waiting.push(built), await startOf(source));
  let leaves: Uint8Array[] = [];
  let next = from;

  async function flush(): Promise<void> {
    for (const { tile, bytes } of waiting.splice(0)) {
      await sink.write(tilePath(tile), bytes);
      // Tiles of the lowest level are never asked for again: remembering them would cost memory for every event.
      if (tile.level > 0) written.add(tilePath(tile));
    }
  }

  async function take(record: StoredRecord): Promise<void> {
    if (record.position !== next) throw new BundleError(`the log has no position ${next}; verify it`);
    next++;
    builder.append(leafHash(record.leaf));
    leaves.push(record.leaf);
    if (leaves.length < TILE_WIDTH && next < to) return;
    const index = Math.floor((next - 1) / TILE_WIDTH);
    await sink.write(entriesPath({ index, width: leaves.length }), encodeEntryBundle(leaves));
    leaves = [];
    await flush();
  }

  for await (const records of source.records()) {
    for (const record of records) await take(record);
    await sink.append(BUNDLE_FILES.events, records.map(formatEvent).join(''));
  }
  if (next !== to) throw new BundleError(`the log ends before position ${next}, not ${to}; verify it`);
  if (to === size) waiting.push(...builder.partial());
  for (const { tile } of waiting) written.add(tilePath(tile));
  await flush();
  return written;
}

/** Tiles that reach beyond the events: what the tree holds before them and after them. */
async function writeOtherTiles(source: LogSource, written: ReadonlySet<string>, sink: BundleSink): Promise<void> {
  const { from, to, size } = source;
  const needed = new Map<string, TileId>();
  const need = (tile: TileId): void => void needed.set(tilePath(tile), tile);
  for (const tile of partialTilesOf(from)) need({ ...tile, width: widthIn(size, tile) });
  for (const tile of tilesAbove(source)) need(tile);
  const reader = tileHashReader(size, (tile) => {
    need(tile);
    return tileOf(source, tile);
  });
  await consistencyProof(to, size, reader);
  for (const [path, tile] of needed) if (!written.has(path)) await sink.write(path, await tileOf(source, tile));
}

/** The tiles of higher levels that the events are below. */
function* tilesAbove({ from, to, size }: LogSource): Iterable<TileId> {
  for (let level = 1; ; level++) {
    const leaves = TILE_WIDTH ** (level + 1);
    let isEmpty = true;
    for (let index = Math.floor(from / leaves); index * leaves < to; index++) {
      const width = widthIn(size, { level, index });
      if (width > 0) yield { level, index, width };
      isEmpty &&= width === 0;
    }
    if (isEmpty) return;
  }
}

async function startOf(source: LogSource) {
  const tiles = new Map<string, Uint8Array>();
  for (const tile of partialTilesOf(source.from)) {
    const bytes = await tileOf(source, { ...tile, width: widthIn(source.size, tile) });
    tiles.set(tilePath(tile), bytes.subarray(0, tile.width * HASH_BYTES));
  }
  return { size: source.from, partialTile: (tile: TileId) => tiles.get(tilePath(tile))! };
}

async function tileOf(source: LogSource, tile: TileId): Promise<Uint8Array> {
  const bytes = await source.readTile(tile);
  if (!bytes) throw new BundleError(`the log does not have ${tilePath(tile)}; ask again, or verify it`);
  return bytes;
}
