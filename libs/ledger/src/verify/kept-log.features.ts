import { genesis } from '../chain.ts';
import { formatCheckpoint } from '../note/checkpoint.ts';
import { newSigningKey, type SigningKey } from '../note/keys.ts';
import { signNote } from '../note/note.ts';
import { tileBuilder, type BuiltTile } from '../tiles/tile-builder.ts';
import { encodeEntryBundle, entriesPath, TILE_WIDTH, tilePath } from '../tiles/tiles.ts';
import { ORIGIN, sealLog, type Sealed } from '../verify.features.ts';
import type { StoredRecord } from '../verify.ts';
import type { LogSource, Milestone } from './log-source.ts';

export const LOG_KEY: SigningKey = newSigningKey(ORIGIN, 'ed25519', new Uint8Array(32).fill(7));

/** A log with its tiles, all in memory and open to change. */
export type KeptLog = {
  readonly size: number;
  readonly records: Sealed[];
  readonly tiles: Map<string, Uint8Array>;
  readonly root: Uint8Array;
  readonly chain: Uint8Array;
  readonly checkpoint: string;
};

/** A log of this many events, in which the data of every third is kept beside its leaf. */
export function keptLog(size: number, note = ''): KeptLog {
  return keep(
    sealLog(
      Array.from({ length: size }, (_, n) => ({ stream: `run_${n % 7}`, erasable: n % 3 === 1, data: { n, note } })),
    ),
  );
}

/** Tiles, root and checkpoint over these records. */
export function keep(records: Sealed[]): KeptLog {
  const tiles = new Map<string, Uint8Array>();
  const put = ({ tile, bytes }: BuiltTile) => void tiles.set(tilePath(tile), bytes);
  const builder = tileBuilder(put);
  for (const { leafHash } of records) builder.append(leafHash);
  builder.partial().forEach(put);
  for (let first = 0; first < records.length; first += TILE_WIDTH) {
    const leaves = records.slice(first, first + TILE_WIDTH).map(({ leaf }) => leaf);
    tiles.set(entriesPath({ index: first / TILE_WIDTH, width: leaves.length }), encodeEntryBundle(leaves));
  }
  const root = builder.root();
  return {
    ...{ size: records.length, records, tiles, root, chain: records.at(-1)?.chain ?? genesis(ORIGIN) },
    checkpoint: signNote(formatCheckpoint({ origin: ORIGIN, size: records.length, root }), [LOG_KEY]),
  };
}

/** The log as a source, whole or in part. */
export function sourceOf(log: KeptLog, part: Partial<LogSource<StoredRecord>> = {}): LogSource<StoredRecord> {
  const { from = 0, to = log.size } = part;
  return {
    ...{ origin: ORIGIN, from, to, size: log.size },
    records: async function* () {
      const due = log.records.filter(({ position }) => position >= from && position < to);
      for (let at = 0; at < due.length; at += 100) yield due.slice(at, at + 100);
    },
    readTile: async (tile) => log.tiles.get(tilePath(tile)),
    readEntries: async (bundle) => log.tiles.get(entriesPath(bundle)),
    ...part,
  };
}

/** What a checkpoint over the first `size` events says. */
export function milestoneAt(log: KeptLog, size: number, saidBy = 'the checkpoint'): Milestone {
  const { root, chain } = keep(log.records.slice(0, size));
  return { size, root, chain, saidBy, otherwise: 'ROOT_MISMATCH', shorter: 'HISTORY_SHORTENED' };
}
