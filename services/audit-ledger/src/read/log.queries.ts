import type {
  ArchivedEvent,
  DataOf,
  getHead,
  Head,
  RawEvent,
  readAll,
  readRaw,
  readStream,
  ReplyOf,
} from '@causeway/contracts';
import type { Pool, Queryable } from '@causeway/postgres';
import { upToArchived } from './archived-rows.ts';
import { isWhole, PAGE_BYTES, pageQuery, recordedEventOf, type EventRow, type WholeRow } from './pages.ts';

export type HeadRow = { readonly nextPosition: number; readonly chain: Buffer; readonly publishedTo: number };

/** Id of the event at a position; undefined when there is none. */
export async function idAt(pool: Pool, position: number): Promise<string | undefined> {
  const { rows } = await pool.query<{ id: string }>('select id from event where position = $1', [position]);
  return rows[0]?.id;
}

/** Where the log ends now, and how far it was published when that was last kept. */
export async function readHead(pool: Pool, origin: string): Promise<HeadRow> {
  const { rows } = await pool.query<{ next_position: string; chain: Buffer; position: string }>({
    name: 'head',
    text: `select h.next_position, h.chain, p.position from ledger_head h join publication p using (log) where h.log = $1`,
    values: [origin],
  });
  const row = rows[0];
  if (!row) throw new Error(`the database holds no log named ${origin}`);
  return { nextPosition: Number(row.next_position), chain: row.chain, publishedTo: Number(row.position) };
}

/** {@link getHead}, with what a publisher in this process knows better. */
export async function answerHead(pool: Pool, origin: string, published?: number): Promise<ReplyOf<typeof getHead>> {
  const { nextPosition, chain, publishedTo } = await readHead(pool, origin);
  const head: Head = { origin, nextPosition, chain: chain.toString('hex'), publishedTo: published ?? publishedTo };
  return head;
}

const STREAM_PAGE = pageQuery('e.stream = $1 and e.version >= $2', '$3::int + 1', '$4');

/** Events of one stream, in order. */
export async function answerStream(
  pool: Pool,
  { stream, fromVersion, limit }: DataOf<typeof readStream>,
): Promise<ReplyOf<typeof readStream>> {
  const { rows } = await pool.query<EventRow>({
    name: 'stream-page',
    text: STREAM_PAGE,
    values: [stream, fromVersion, limit, PAGE_BYTES],
  });
  const page = await upToArchived(pool, rows.slice(0, limit));
  const isCut = (rows[0]?.matched ?? 0) > page.length;
  return { events: page.map(recordedEventOf), ...(isCut ? { next: page.at(-1)!.version + 1 } : {}) };
}

/** Positions that one question about some types looks at: it answers in time even when none of them occurs. */
const SCAN = 20_000;
const ALL_PAGE = pageQuery(
  'e.position >= $1 and e.position < $2 and ($3::text[] is null or e.type = any($3::text[]))',
  '$4',
  '$5',
);
const SCOPE_PAGE = pageQuery(
  'e.scope = $6 and e.position >= $1 and e.position < $2 and ($3::text[] is null or e.type = any($3::text[]))',
  '$4',
  '$5',
);

/** A page of the whole log, in order, complete up to `scannedTo`. */
export async function answerAll(
  pool: Pool,
  origin: string,
  { fromPosition, limit, types, scope }: DataOf<typeof readAll>,
): Promise<ReplyOf<typeof readAll>> {
  const { nextPosition } = await readHead(pool, origin);
  const scanEnd = types && !scope ? Math.min(nextPosition, fromPosition + SCAN) : nextPosition;
  const values = [fromPosition, scanEnd, types ?? null, limit, PAGE_BYTES];
  const { rows: found } = await pool.query<EventRow>(
    scope
      ? { name: 'scope-page', text: SCOPE_PAGE, values: [...values, scope] }
      : { name: 'all-page', text: ALL_PAGE, values },
  );
  const rows = await upToArchived(pool, found);
  const last = rows.at(-1);
  const isComplete = !last || (last.matched === rows.length && rows.length < limit);
  const scannedTo = isComplete ? Math.max(fromPosition, scanEnd) : Number(last.position) + 1;
  return { events: rows.map(recordedEventOf), scannedTo, nextPosition };
}

const RAW_PAGE = pageQuery('e.position >= $1', '$2', '$3');

/** Stored events from a position on, as they are; at most `maxBytes` of them. */
export async function readRows(
  pool: Queryable,
  page: { readonly from: number; readonly limit: number; readonly maxBytes: number },
): Promise<readonly EventRow[]> {
  const { rows } = await pool.query<EventRow>({
    name: 'raw-page',
    text: RAW_PAGE,
    values: [page.from, page.limit, page.maxBytes],
  });
  return rows;
}

/** Stored events as bytes, for a verifier elsewhere. */
export async function answerRaw(
  pool: Pool,
  origin: string,
  { fromPosition, limit, hashes }: DataOf<typeof readRaw>,
): Promise<ReplyOf<typeof readRaw>> {
  const { nextPosition } = await readHead(pool, origin);
  const found = await readRows(pool, { from: fromPosition, limit, maxBytes: PAGE_BYTES });
  const rows = hashes ? found : await upToArchived(pool, found);
  const archived = rows.filter((row) => !isWhole(row)).map(archivedEventOf);
  const events = rows.filter(isWhole).map(rawEventOf);
  return { events, ...(archived.length > 0 && { archived }), nextPosition, origin };
}

const columnsOf = (row: EventRow) => ({
  ...{ position: Number(row.position), stream: row.stream, version: row.version, id: row.id, type: row.type },
  ...{ scope: row.scope, leafHash: base64(row.leaf_hash), chain: base64(row.chain) },
});

const archivedEventOf = (row: EventRow): ArchivedEvent => ({ ...columnsOf(row), archivedBy: Number(row.archived_by) });

function rawEventOf(row: WholeRow): RawEvent {
  return {
    ...columnsOf(row),
    leaf: base64(row.leaf),
    ...(row.data ? { data: base64(row.data) } : {}),
    ...(row.salt ? { salt: base64(row.salt) } : {}),
  };
}

const base64 = (bytes: Buffer): string => bytes.toString('base64');
