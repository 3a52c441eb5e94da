import type { ArchiveView } from '@causeway/contracts';
import {
  judgeLog,
  leafHash,
  sameBytes,
  withArchive,
  type LogRecord,
  type OpenBundle,
  type StoredRecord,
} from '@causeway/ledger';
import { inTransaction, type ClientBase, type Pool } from '@causeway/postgres';
import { readArchives } from './archives.queries.ts';
import { storedRange } from './judge-range.ts';
import { RestoreRefused } from './restore-refused.ts';

export type RestoreOptions = {
  /** As the role that the service runs as. */
  readonly pool: Pool;
  readonly origin: string;
  readonly bundle: OpenBundle;
  /** SHA-256 of the bundle's `events.ndjson`, in hexadecimal. */
  readonly digest: string;
};

export type RestoredRows = {
  /** Position of the event that records the archive. */
  readonly archive: number;
  /** How many events came back. */
  readonly restored: number;
};

/**
 * Puts what an archive took out back from its bundle, while the service may run: every event is checked against its hash and the signed tree, data against
 * the leaf. All in one transaction. Again it changes nothing. Throws RestoreRefused.
 */
export function restoreRows({ pool, origin, bundle, digest }: RestoreOptions): Promise<RestoredRows> {
  return inTransaction(pool, async (client) => {
    await client.query('set local statement_timeout = 0');
    const archive = archiveFor(await readArchives(client), digest);
    if (archive.archived === 0) return { archive: archive.position, restored: 0 };
    const restored = await fillIn(client, { archive, origin, bundle });
    return { archive: archive.position, restored };
  });
}

/** The archive that was made from a bundle of this digest: the one that still lacks events, else the last. */
export function archiveFor(archives: readonly ArchiveView[], digest: string): ArchiveView {
  const made = archives.filter((one) => one.digest === digest);
  const archive = made.find(({ archived }) => archived > 0) ?? made.at(-1);
  if (!archive)
    throw new RestoreRefused(
      `no archive of this ledger was made from a bundle whose events.ndjson has the digest ${digest}: take the bundle whose digest ./causeway ledger archives names`,
    );
  if (archive.restoredBy === undefined)
    throw new RestoreRefused(
      `that the archive of position ${archive.position} is to be put back is not recorded; ./causeway ledger restore-archive records it first`,
    );
  return archive;
}

type Filling = Pick<RestoreOptions, 'origin' | 'bundle'> & { readonly archive: ArchiveView };

async function fillIn(client: ClientBase, { archive, origin, bundle }: Filling): Promise<number> {
  const { from, to, position } = archive;
  const { source, milestones } = await storedRange(client, { origin, from, to });
  const lacking = new Set<number>();
  let restored = 0;

  async function* stored(): AsyncGenerator<readonly LogRecord[]> {
    for await (const records of source.records()) {
      for (const { leaf, position: at } of records) if (leaf === undefined) lacking.add(at);
      yield records;
    }
  }

  async function* written(): AsyncGenerator<readonly LogRecord[]> {
    for await (const records of withArchive({ ...source, records: stored }, bundle.source(source.size)).records()) {
      restored += await write(
        client,
        position,
        records.filter((record) => lacking.has(record.position)).filter(isSealed),
      );
      lacking.clear();
      yield records;
    }
  }

  const { findings, wrong } = await judgeLog({ ...source, records: written }, milestones);
  const [first] = findings;
  if (first)
    throw new RestoreRefused(
      `the bundle is not what was archived: position ${first.position}: ${first.code}: ${first.detail}${wrong > 1 ? ` (and ${wrong - 1} more)` : ''}; bring the bundle as it was made`,
    );
  return restored;
}

/** What is not what its hash says is a finding already, and the database would not take it. */
const isSealed = (record: LogRecord): record is StoredRecord =>
  record.leaf !== undefined && record.leafHash !== undefined && sameBytes(leafHash(record.leaf), record.leafHash);

async function write(client: ClientBase, archive: number, records: readonly StoredRecord[]): Promise<number> {
  if (records.length === 0) return 0;
  const { rows } = await client.query<{ n: string }>('select restore_events($1, $2, $3) as n', [
    ...[archive, records.map(({ position }) => position), records.map(({ leaf }) => Buffer.from(leaf))],
  ]);
  const beside = records.filter(({ data, salt }) => data && salt);
  await client.query(
    'insert into event_data (position, salt, data) select * from unnest($1::bigint[], $2::bytea[], $3::bytea[])',
    [
      beside.map(({ position }) => position),
      beside.map(({ salt }) => Buffer.from(salt!)),
      beside.map(({ data }) => Buffer.from(data!)),
    ],
  );
  return Number(rows[0]!.n);
}
