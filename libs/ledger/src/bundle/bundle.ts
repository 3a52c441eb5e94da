import { decodeBase64, encodeBase64, isCount } from '../encoding.ts';
import { TILE_WIDTH } from '../tiles/tiles.ts';
import type { StoredRecord } from '../verify.ts';

/** Files of a bundle, beside the tiles at their C2SP tlog-tiles paths: served as they are, they are a static log. */
export const BUNDLE_FILES = {
  manifest: 'bundle.json',
  checkpoint: 'checkpoint',
  keys: 'keys.json',
  events: 'events.ndjson',
} as const;

const FORMAT = 'causeway-ledger-bundle';
const VERSION = 1;

/** Which part of which log a bundle holds: the positions [from, to). */
export type Manifest = { readonly origin: string; readonly from: number; readonly to: number };

/** The verifier keys that the log says are its own and its witnesses'. Believe them when you know them from elsewhere, too. */
export type BundleKeys = { readonly log: readonly string[]; readonly witnesses: readonly string[] };

/** A bundle that cannot be read: nothing can be told of the log by it. */
export class BundleError extends Error {
  override readonly name = 'BundleError';
}

/** Reads the files of a bundle, wherever they are. */
export type BundleFiles = {
  /** Undefined when there is no such file. */
  readonly read: (path: string) => Promise<Uint8Array | undefined>;
  /** The file in pieces of any size; undefined when there is no such file. */
  readonly pieces: (path: string) => Promise<AsyncIterable<Uint8Array> | undefined>;
};

/** Takes the files of a bundle. */
export type BundleSink = {
  readonly write: (path: string, bytes: Uint8Array) => Promise<void>;
  /** Adds to the end of a file. */
  readonly append: (path: string, text: string) => Promise<void>;
};

/** The range that is kept for what was asked for: whole tiles, or up to the end. RangeError when the log has none of it. */
export function wholeTiles(
  { from, to }: { readonly from: number; readonly to: number },
  size: number,
): Omit<Manifest, 'origin'> {
  if (!isCount(from) || !isCount(to) || from >= to || from >= size)
    throw new RangeError(`a log of ${size} events has no positions from ${from} to before ${to}`);
  const end = Math.ceil(to / TILE_WIDTH) * TILE_WIDTH;
  return { from: Math.floor(from / TILE_WIDTH) * TILE_WIDTH, to: Math.min(end, size) };
}

export function formatManifest({ origin, from, to }: Manifest): string {
  return `${JSON.stringify({ format: FORMAT, version: VERSION, origin, from, to }, null, 2)}\n`;
}

/** Reads {@link formatManifest}; throws BundleError. */
export function parseManifest(text: string): Manifest {
  const { format, version, origin, from, to } = members(text, BUNDLE_FILES.manifest);
  if (format !== FORMAT || version !== VERSION)
    throw new BundleError(
      `${BUNDLE_FILES.manifest} is not of a ${FORMAT} of version ${VERSION}; use a version of this program that knows it`,
    );
  const isRange = isNumber(from) && isNumber(to) && from <= to && from % TILE_WIDTH === 0;
  if (typeof origin !== 'string' || !isRange)
    throw new BundleError(`${BUNDLE_FILES.manifest} does not say which positions of which log these are`);
  return { origin, from, to };
}

export function formatKeys({ log, witnesses }: BundleKeys): string {
  return `${JSON.stringify({ log, witnesses }, null, 2)}\n`;
}

/** Reads {@link formatKeys}; throws BundleError. */
export function parseKeys(text: string): BundleKeys {
  const { log, witnesses } = members(text, BUNDLE_FILES.keys);
  if (!isTexts(log) || !isTexts(witnesses)) throw new BundleError(`${BUNDLE_FILES.keys} does not list keys`);
  return { log, witnesses };
}

/** An event as one line of JSON, with its newline: position, leaf, and data and salt where they are kept beside the leaf; bytes in base64. */
export function formatEvent({ position, leaf, data, salt }: StoredRecord): string {
  const beside = data && salt ? `,"data":"${encodeBase64(data)}","salt":"${encodeBase64(salt)}"` : '';
  return `{"position":${position},"leaf":"${encodeBase64(leaf)}"${beside}}\n`;
}

/**
 * Reads {@link formatEvent} without its newline. A line that is none comes out as an event at `due` whose leaf is the line itself, so that the
 * verifier refuses it there.
 */
export function parseEvent(line: string, due: number): StoredRecord {
  return wellFormed(line) ?? { position: due, leaf: new TextEncoder().encode(line) };
}

function wellFormed(line: string): StoredRecord | undefined {
  const { position, leaf, data, salt, ...rest } = parsed(line) ?? {};
  const [leafBytes, dataBytes, saltBytes] = [leaf, data, salt].map(bytesOf);
  const isOdd =
    !isNumber(position) || !leafBytes || dataBytes === false || saltBytes === false || Object.keys(rest).length > 0;
  return isOdd ? undefined : { position, leaf: leafBytes, data: dataBytes, salt: saltBytes };
}

/** Undefined for nothing, false for what is no base64. */
function bytesOf(value: unknown): Uint8Array | undefined | false {
  if (value === undefined) return undefined;
  return (typeof value === 'string' && decodeBase64(value)) || false;
}

type Members = { readonly [name: string]: unknown };

function members(text: string, file: string): Members {
  const value = parsed(text);
  if (!value) throw new BundleError(`${file} is not a JSON object`);
  return value;
}

function parsed(text: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Members) : undefined;
  } catch {
    return undefined;
  }
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && isCount(value);
const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');
