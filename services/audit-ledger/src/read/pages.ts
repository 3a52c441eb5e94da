import { mergedData, withoutErased, type Json, type RecordedEvent } from '@causeway/contracts';
import { toHex, type Leaf } from '@causeway/ledger';

/** An event as the database holds it. */
export type EventRow = {
  readonly position: string;
  readonly stream: string;
  readonly version: number;
  readonly id: string;
  readonly type: string;
  readonly scope: string;
  /** Null when the event is archived; then `archived_by` is the position of the event that records the archive. */
  readonly leaf: Buffer | null;
  readonly leaf_hash: Buffer;
  readonly chain: Buffer;
  readonly salt: Buffer | null;
  readonly data: Buffer | null;
  readonly archived_by: string | null;
  /** How many events matched before the page was cut by size. */
  readonly matched: number;
};

/** An event that is not archived. */
export type WholeRow = EventRow & { readonly leaf: Buffer };
export const isWhole = (row: EventRow): row is WholeRow => row.leaf !== null;

/** What a page may hold, so that its reply fits into one message of 1 MB, in base64 too. */
export const PAGE_BYTES = 600 * 1024;
const ROW_BYTES = 500;

/**
 * A query for a page of events, in order of position, cut where it would grow beyond a number of bytes; the first event always comes. `where` and
 * `limit` are SQL of ours, never of a caller.
 */
export const pageQuery = (where: string, limit: string, maxBytes: string): string => `
select position, stream, version, id, type, scope, leaf, leaf_hash, chain, salt, data, archived_by, matched::int
from (
  select found.*, sum(size) over (order by position) as total, count(*) over () as matched
  from (
    select e.*, d.salt, d.data, coalesce(octet_length(e.leaf), 0) + coalesce(octet_length(d.data), 0) + ${ROW_BYTES} as size
    from event e left join event_data d on d.position = e.position
    where ${where}
    order by e.position
    limit ${limit}
  ) found
) page
where total <= ${maxBytes} or total = size
order by position`;

/** The event in the words that services use. Where data was erased placeholders stand, so that it fits its schema all the same. */
export function recordedEventOf(row: WholeRow): RecordedEvent {
  const leaf = JSON.parse(row.leaf.toString()) as Leaf;
  return {
    ...{
      position: leaf.pos,
      id: leaf.id,
      stream: leaf.stream,
      version: leaf.ver,
      type: leaf.type,
      schema: leaf.schema,
    },
    time: leaf.time,
    actor: leaf.actor as RecordedEvent['actor'],
    ...(leaf.corr === undefined ? {} : { correlationId: leaf.corr }),
    ...(leaf.cause === undefined ? {} : { causationId: leaf.cause }),
    scope: leaf.meta.scope,
    ...dataOf(leaf, row.data),
    chain: toHex(row.chain),
    previousChain: leaf.prev,
  };
}

type ToldData = Pick<RecordedEvent, 'data' | 'erased'>;

function dataOf({ type, data }: Leaf, beside: Buffer | null): ToldData {
  if (!('hash' in data)) return { data: data.inline as Json };
  const taken = beside && (JSON.parse(beside.toString()) as Json);
  if (!('inline' in data)) return taken === null ? { erased: true } : { data: taken };
  const kept = data.inline as Json;
  return taken === null ? { data: withoutErased(type, kept), erased: true } : { data: mergedData(kept, taken) };
}
