import { leafHash } from '../chain.ts';
import { isIncluded } from '../merkle/proofs.ts';
import { parseTlogProof } from '../proof/tlog-proof.ts';
import { tilesOf, tilePath, entriesPath } from '../tiles/tiles.ts';
import { judgeLog } from '../verify/judge-log.ts';
import { keptLog, milestoneAt, sourceOf } from '../verify/kept-log.features.ts';
import {
  BUNDLE_FILES,
  BundleError,
  formatEvent,
  parseEvent,
  parseManifest,
  wholeTiles,
  type BundleFiles,
} from './bundle.ts';
import { proveEvent } from './prove-event.ts';
import { openBundle } from './read-bundle.ts';
import { writeBundle } from './write-bundle.ts';

const SIZE = 1_100;
const log = keptLog(SIZE);
const checkpoint = milestoneAt(log, SIZE);
type Files = Map<string, Uint8Array>;

const filesOf = (files: Files): BundleFiles => ({
  read: async (path) => files.get(path),
  pieces: async (path) => {
    const bytes = files.get(path);
    return bytes && piecesOf(bytes);
  },
});
/** Pieces that part lines and characters anywhere. */
async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1_237) yield bytes.subarray(at, at + 1_237);
}

async function written(part: { from?: number; to?: number } = {}): Promise<Files> {
  const files: Files = new Map();
  const source = sourceOf(log, part);
  await writeBundle(
    {
      source,
      note: log.checkpoint,
      keys: { log: ['k'], witnesses: [] },
      others: new Map([['VERIFY.md', 'read me\n']]),
    },
    {
      write: async (path, bytes) => void files.set(path, bytes),
      append: async (path, text) =>
        void files.set(path, Buffer.concat([files.get(path) ?? Buffer.of(), Buffer.from(text)])),
    },
  );
  return files;
}
async function told(files: Files) {
  const { source } = await openBundle(filesOf(files));
  const { findings, untold, checked } = await judgeLog(source(SIZE), [checkpoint]);
  return { checked, untold, found: findings.map(({ position, code }) => `${position} ${code}`) };
}

describe('a bundle', () => {
  it('of a whole log has the files of a static log, and no others beside its own', async () => {
    const tiles = [...tilesOf(SIZE)];
    const entries = tiles.filter(({ level }) => level === 0).map(entriesPath);
    expect([...(await written()).keys()].sort()).toEqual(
      ['VERIFY.md', ...Object.values(BUNDLE_FILES), ...tiles.map(tilePath), ...entries].sort(),
    );
  });

  it.each([
    [0, SIZE],
    [0, 256],
    [256, 512],
    [512, 1_024],
    [1_024, SIZE],
  ])('of the positions %i to %i proves them by itself', async (from, to) => {
    expect(await told(await written({ from, to }))).toEqual({ checked: to - from, untold: [], found: [] });
  });

  it('whose tiles are taken away one by one proves it no more', async () => {
    const files = await written({ from: 256, to: 512 });
    for (const path of [...files.keys()].filter((name) => name.startsWith('tile/'))) {
      const { untold, found } = await told(new Map([...files].filter(([name]) => name !== path)));
      expect([path, untold.length + found.length > 0]).toEqual([path, true]);
    }
  });

  it('with a line that is no event is refused where it stands', async () => {
    const files = await written();
    const lines = Buffer.from(files.get(BUNDLE_FILES.events)!).toString().split('\n');
    for (const line of [
      '',
      '{}',
      'null',
      lines[700]!.replace('leaf', 'lief'),
      lines[700]!.replace('"data"', '"date"'),
    ]) {
      files.set(BUNDLE_FILES.events, Buffer.from(lines.with(700, line).join('\n')));
      expect((await told(files)).found[0]).toBe('700 LEAF_NOT_CANONICAL');
    }
  });

  it.each([BUNDLE_FILES.manifest, BUNDLE_FILES.checkpoint, BUNDLE_FILES.keys, BUNDLE_FILES.events])(
    'without %s can tell nothing',
    async (name) => {
      const files = await written({ from: 0, to: 256 });
      files.delete(name);
      await expect(openBundle(filesOf(files))).rejects.toThrow(BundleError);
    },
  );

  it.each(['', 'null', '[]', '{}', '{"format":"causeway-ledger-bundle","version":2}'])(
    'is not made by the manifest %j',
    (text) => {
      expect(() => parseManifest(text)).toThrow(BundleError);
    },
  );

  it.each([
    [0, SIZE, [0, 255, 256, 700, 1_099]],
    [256, 512, [256, 400, 511]],
    [512, 1_024, [512, 1_023]],
  ])('of the positions %i to %i has what it takes to prove each of them to others', async (from, to, positions) => {
    const bundle = await openBundle(filesOf(await written({ from, to })));
    for (const position of positions) {
      const files = await proveEvent(bundle, position);
      const { index, proof, checkpoint: note } = parseTlogProof(String(files.get('inclusion.tlog-proof')));
      const leaf = leafHash(files.get('leaf') as Uint8Array);
      expect([index, note, files.get('checkpoint')]).toEqual([position, log.checkpoint, log.checkpoint]);
      expect(isIncluded({ index, size: SIZE, leafHash: leaf, proof, root: log.root })).toBe(true);
    }
    await expect(proveEvent(bundle, to)).rejects.toThrow(BundleError);
  });

  it('is widened to whole tiles', () => {
    expect(wholeTiles({ from: 300, to: 400 }, SIZE)).toEqual({ from: 256, to: 512 });
    expect(wholeTiles({ from: 0, to: 1_050 }, SIZE)).toEqual({ from: 0, to: SIZE });
    expect(() => wholeTiles({ from: SIZE, to: SIZE + 1 }, SIZE)).toThrow(RangeError);
    expect(() => wholeTiles({ from: 5, to: 5 }, SIZE)).toThrow(RangeError);
  });

  it('keeps each event as it is', () => {
    for (const { position, leaf, data, salt } of log.records)
      expect(parseEvent(formatEvent({ position, leaf, data, salt }).trimEnd(), 0)).toEqual({
        position,
        leaf,
        data,
        salt,
      });
  });
});
