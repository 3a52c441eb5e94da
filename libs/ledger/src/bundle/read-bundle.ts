import { entriesPath, tilePath } from '../tiles/tiles.ts';
import type { StoredRecord } from '../verify.ts';
import type { LogSource } from '../verify/log-source.ts';
import {
  BUNDLE_FILES,
  BundleError,
  parseEvent,
  parseKeys,
  parseManifest,
  type BundleFiles,
  type BundleKeys,
  type Manifest,
} from './bundle.ts';

export type OpenBundle = {
  readonly manifest: Manifest;
  /** The signed checkpoint, not yet believed. */
  readonly note: string;
  readonly keys: BundleKeys;
  /** The log as a source, given the number of leaves that the checkpoint says. */
  readonly source: (size: number) => LogSource<StoredRecord>;
};

/** Most characters of a line of events: a leaf and its data, with room. */
const MAX_LINE = 64 * 1024 * 1024;
const PAGE = 1_000;

/** Opens a bundle. Throws BundleError when a file that everything hangs on is missing or unreadable. */
export async function openBundle(files: BundleFiles): Promise<OpenBundle> {
  const text = async (path: string): Promise<string> => {
    const bytes = await files.read(path);
    if (!bytes) throw new BundleError(`there is no ${path} in the bundle; get it whole`);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  };
  const manifest = parseManifest(await text(BUNDLE_FILES.manifest));
  const note = await text(BUNDLE_FILES.checkpoint);
  const keys = parseKeys(await text(BUNDLE_FILES.keys));
  if (!(await files.pieces(BUNDLE_FILES.events)))
    throw new BundleError(`there is no ${BUNDLE_FILES.events} in the bundle; get it whole`);
  const source = (size: number): LogSource<StoredRecord> => ({
    ...{ ...manifest, size },
    records: () => readEvents(files, manifest.from),
    readTile: (tile) => files.read(tilePath(tile)),
    readEntries: (bundle) => files.read(entriesPath(bundle)),
  });
  return { manifest, note, keys, source };
}

async function* readEvents(files: BundleFiles, from: number): AsyncGenerator<readonly StoredRecord[]> {
  const pieces = await files.pieces(BUNDLE_FILES.events);
  if (!pieces) return;
  let page: StoredRecord[] = [];
  let due = from;
  for await (const line of linesOf(pieces)) {
    const record = parseEvent(line, due);
    page.push(record);
    due = record.position + 1;
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/** Lines of a text that comes in pieces; the last counts without its newline, too. */
async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE) throw new BundleError(`a line of ${BUNDLE_FILES.events} does not end`);
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}
