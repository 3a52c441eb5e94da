import type { TileId } from '../tiles/tiles.ts';
import { TILE_WIDTH } from '../tiles/tiles.ts';
import type { FindingCode, LogRecord } from '../verify.ts';

/** A log, or a part of one, from wherever it is kept. What it throws means that nothing can be told. */
export type LogSource<Kept extends LogRecord = LogRecord> = {
  readonly origin: string;
  /** The records are those of the positions [from, to); `from` is a multiple of 256. */
  readonly from: number;
  readonly to: number;
  /** Number of leaves of the tree that the tiles are of; at least `to`. */
  readonly size: number;
  /** The records in pages, in order. */
  readonly records: () => AsyncIterable<readonly Kept[]>;
  /** Undefined when there is no such tile. */
  readonly readTile: (tile: TileId) => Promise<Uint8Array | undefined>;
  /** Entry bundles, where leaves are kept a second time. */
  readonly readEntries?: ((bundle: Omit<TileId, 'level'>) => Promise<Uint8Array | undefined>) | undefined;
};

/** What somebody said of the log at a size: the log has to go through it. */
export type Milestone = {
  readonly size: number;
  readonly root?: Uint8Array | undefined;
  readonly chain?: Uint8Array | undefined;
  /** Who said so, such as «the checkpoint». */
  readonly saidBy: string;
  /** The finding when the log is another there, and when it ends before. */
  readonly otherwise: FindingCode;
  readonly shorter: FindingCode;
};

/** How wide a tile is in a tree of this size; 0 when the tree has no such tile. */
export function widthIn(size: number, { level, index }: Pick<TileId, 'level' | 'index'>): number {
  const hashes = Math.floor(size / TILE_WIDTH ** level);
  return Math.max(0, Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH));
}
