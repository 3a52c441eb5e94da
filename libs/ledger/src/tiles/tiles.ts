import { isCount } from '../encoding.ts';
import { MAX_LEAF_BYTES } from '../leaf.ts';
import { TileError } from './tile-error.ts';

/** Hashes in a full tile, and leaves in a full entry bundle (C2SP tlog-tiles). */
export const TILE_WIDTH = 256;
/** Levels of the tree between a tile's hashes and those of the tile above it. */
export const TILE_HEIGHT = 8;

/** A tile: hash i of it is the root over the leaves [(index * 256 + i) * 256^level, (index * 256 + i + 1) * 256^level). `width` is 1 to 256. */
export type TileId = { readonly level: number; readonly index: number; readonly width: number };

const MAX_LEVEL = 63;
const LENGTH_BYTES = 2;
const PATH = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d{1,3}))?$/;

/** The path of a tile below the prefix of a log, such as `tile/0/x001/234.p/7` (C2SP tlog-tiles). RangeError for what is no tile. */
export function tilePath({ level, index, width }: TileId): string {
  if (!isCount(level) || level > MAX_LEVEL)
    throw new RangeError(`tiles have the levels 0 to ${MAX_LEVEL}, not ${level}`);
  return `tile/${level}/${position({ index, width })}`;
}

/** The path of an entry bundle, such as `tile/entries/x001/234` (C2SP tlog-tiles). RangeError for what is no bundle. */
export function entriesPath(bundle: Omit<TileId, 'level'>): string {
  return `tile/entries/${position(bundle)}`;
}

export type TilePath = (TileId & { readonly kind: 'hashes' }) | (Omit<TileId, 'level'> & { readonly kind: 'entries' });

/** Reads {@link tilePath} and {@link entriesPath}; undefined for every other spelling, so that each tile has one address. */
export function parseTilePath(path: string): TilePath | undefined {
  const [, kind, digits, widthText] = PATH.exec(path) ?? [];
  if (kind === undefined || digits === undefined) return undefined;
  const index = Number(digits.replaceAll(/[x/]/g, ''));
  const width = widthText === undefined ? TILE_WIDTH : Number(widthText);
  const tile: TilePath =
    kind === 'entries' ? { kind: 'entries', index, width } : { kind: 'hashes', level: Number(kind), index, width };
  return isTile({ level: 0, ...tile }) && pathOf(tile) === path ? tile : undefined;
}

/** Every tile of a tree with this many leaves: level by level, from left to right, the partial one of a level last. RangeError for a size that is none. */
export function* tilesOf(size: number): Iterable<TileId> {
  if (!isCount(size)) throw new RangeError(`a tree has 0 to 2^53-1 leaves, not ${size}`);
  let hashes = size;
  for (let level = 0; hashes > 0; level++) {
    const full = Math.floor(hashes / TILE_WIDTH);
    for (let index = 0; index < full; index++) yield { level, index, width: TILE_WIDTH };
    const rest = hashes % TILE_WIDTH;
    if (rest > 0) yield { level, index: full, width: rest };
    hashes = full;
  }
}

/**
 * An entry bundle: each leaf after its length in two bytes, big-endian (C2SP tlog-tiles). Throws TileError BUNDLE_MALFORMED unless there are 1 to 256
 * leaves of at most 65,535 bytes.
 */
export function encodeEntryBundle(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length < 1 || leaves.length > TILE_WIDTH)
    throw new TileError('BUNDLE_MALFORMED', `a bundle has 1 to ${TILE_WIDTH} leaves, not ${leaves.length}`);
  if (leaves.some(({ length }) => length > MAX_LEAF_BYTES))
    throw new TileError('BUNDLE_MALFORMED', `a leaf in a bundle has at most ${MAX_LEAF_BYTES} bytes`);
  const bytes = new Uint8Array(leaves.reduce((sum, { length }) => sum + LENGTH_BYTES + length, 0));
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const leaf of leaves) {
    view.setUint16(offset, leaf.length);
    bytes.set(leaf, offset + LENGTH_BYTES);
    offset += LENGTH_BYTES + leaf.length;
  }
  return bytes;
}

/** Reads {@link encodeEntryBundle}; the leaves are views into `bytes`. Throws TileError BUNDLE_MALFORMED. */
export function decodeEntryBundle(bytes: Uint8Array): readonly Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const leaves: Uint8Array[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const start = offset + LENGTH_BYTES;
    if (start > bytes.length) throw new TileError('BUNDLE_MALFORMED', 'the bundle ends within a length');
    offset = start + view.getUint16(offset);
    if (offset > bytes.length) throw new TileError('BUNDLE_MALFORMED', 'the bundle ends within a leaf');
    leaves.push(bytes.subarray(start, offset));
  }
  if (leaves.length < 1 || leaves.length > TILE_WIDTH)
    throw new TileError('BUNDLE_MALFORMED', `a bundle has 1 to ${TILE_WIDTH} leaves, not ${leaves.length}`);
  return leaves;
}

function isTile({ level, index, width }: TileId): boolean {
  return isCount(level) && level <= MAX_LEVEL && isCount(index) && isCount(width) && width >= 1 && width <= TILE_WIDTH;
}

function pathOf(tile: TilePath): string {
  return tile.kind === 'entries' ? entriesPath(tile) : tilePath(tile);
}

/** The index in groups of three digits, all but the last marked with x, and the width of a partial tile. */
function position({ index, width }: Omit<TileId, 'level'>): string {
  if (!isCount(index)) throw new RangeError(`tiles count from 0, not ${index}`);
  if (!isCount(width) || width < 1 || width > TILE_WIDTH)
    throw new RangeError(`a tile is 1 to ${TILE_WIDTH} wide, not ${width}`);
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  const groups = padded.replaceAll(/\d{3}(?=\d)/g, 'x$&/');
  return width === TILE_WIDTH ? groups : `${groups}.p/${width}`;
}
