import { createHash } from 'node:crypto';
import {
  formatEvent,
  judgeLog,
  type LogRecord,
  type LogSource,
  type Milestone,
  type StoredRecord,
} from '@causeway/ledger';
import type { Pool, Queryable } from '@causeway/postgres';
import { logRecordOf } from '../read/log-records.ts';
import { readRows } from '../read/log.queries.ts';
import { newestCheckpoint } from '../sign/checkpoints.queries.ts';
import type { TreeHead } from '../sign/signer.ts';
import { storedTree } from '../tree/stored-tree.ts';

/** Positions [from, to) of the log named `origin`. */
export type RangeOfLog = { readonly origin: string; readonly from: number; readonly to: number };

const PAGE = { limit: 500, maxBytes: 4 * 1024 * 1024 };

/** A range as the database holds it, under its newest checkpoint. Throws when there is none. */
export async function storedRange(
  db: Queryable,
  { origin, from, to }: RangeOfLog,
): Promise<{ readonly source: LogSource; readonly signed: TreeHead; readonly milestones: readonly Milestone[] }> {
  const signed = await newestCheckpoint(db);
  if (!signed) throw new Error('the log has no checkpoint yet; ask again');
  const { size, root } = signed;
  const source: LogSource = {
    ...{ origin, from, to, size: Math.max(size, to), readTile: storedTree(db).tile },
    records: () => recordsOf(db, from, to),
  };
  const saidBy = { saidBy: 'the checkpoint', otherwise: 'ROOT_MISMATCH', shorter: 'HISTORY_SHORTENED' } as const;
  return { source, signed: { size, root }, milestones: [{ size, root, ...saidBy }] };
}

async function* recordsOf(db: Queryable, from: number, to: number): AsyncGenerator<readonly LogRecord[]> {
  for (let next = from; next < to;) {
    const rows = await readRows(db, { ...PAGE, from: next, limit: Math.min(PAGE.limit, to - next) });
    const last = rows.at(-1);
    if (!last) return;
    yield rows.map(logRecordOf).filter(({ position }) => position < to);
    next = Number(last.position) + 1;
  }
}

export type JudgedRange = {
  /** SHA-256 of the events as a bundle's `events.ndjson` holds them, in hexadecimal. */
  readonly digest: string;
  /** What is wrong first; undefined when every event, hash and tile is as it was signed. */
  readonly wrong?: string | undefined;
  readonly signed: TreeHead;
};

/** Checks a range of the database against its newest checkpoint, believing nothing but what was signed, and works out the digest of its events. */
export async function judgeRange(pool: Pool, range: RangeOfLog): Promise<JudgedRange> {
  const { source, signed, milestones } = await storedRange(pool, range);
  const digest = createHash('sha256');
  async function* hashed(): AsyncGenerator<readonly LogRecord[]> {
    for await (const records of source.records()) {
      digest.update(records.filter(isThere).map(formatEvent).join(''));
      yield records;
    }
  }
  const { findings } = await judgeLog({ ...source, records: hashed }, milestones);
  const [first] = findings;
  return {
    ...{ digest: digest.digest('hex'), signed },
    ...(first && { wrong: `position ${first.position}: ${first.code}: ${first.detail}` }),
  };
}

const isThere = (record: LogRecord): record is StoredRecord => record.leaf !== undefined;
