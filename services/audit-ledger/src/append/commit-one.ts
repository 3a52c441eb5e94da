import type { ClientBase } from '@causeway/postgres';
import type { HeadOfLog } from './seal.ts';
import type { WrittenAppend, WrittenBatch, WrittenEvent } from './written-batch.ts';

/**
 * The statement of `commit-batch.ts` for a batch of one event. Somebody who appends alone waits for all of it, and cutting up joined bytes costs
 * Postgres a quarter of the whole when there is only one piece.
 */
const COMMIT_ONE = `
with head as (
  update ledger_head set next_position = next_position + 1, chain = $4
  where log = $1 and epoch = $2 and next_position = $3
  returning log
), sealed as (
  insert into event (position, stream, version, id, type, scope, leaf, leaf_hash, chain)
  select $3::bigint, $5, $6, $7, $8, $9, $10, $11, $4 from head
), beside as (
  insert into event_data (position, salt, data)
  select $3::bigint, $12::bytea, $13::bytea from head where $12::bytea is not null
), batch as (
  insert into append_batch (append_id, first_position, count, request_hash)
  select $14, $3::bigint, 1, $15 from head
)
select count(*)::int as moved from head`;

/** The event of a batch that has just one, and what it came in. */
export type OnlyEvent = { readonly event: WrittenEvent; readonly append: WrittenAppend; readonly from: HeadOfLog };

/** Undefined for a batch of more than one event. */
export function onlyEventOf({ events, appends, from }: WrittenBatch): OnlyEvent | undefined {
  const [event, second] = events;
  const [append] = appends;
  return event && append && !second ? { event, append, from } : undefined;
}

/** Writes one event durably, as `commitBatch` writes many; false when it changed nothing. */
export async function commitOne(
  client: ClientBase,
  { event: sealed, append, from }: OnlyEvent,
  writer: { readonly origin: string; readonly epoch: string },
): Promise<boolean> {
  const { event, version, leaf, leafHash, chain } = sealed;
  const { rows } = await client.query<{ moved: number }>({
    name: 'commit-one',
    text: COMMIT_ONE,
    values: [
      ...[writer.origin, writer.epoch, from.nextPosition, Buffer.from(chain, 'hex')],
      ...[event.stream, version, event.id, event.type, event.scope],
      ...[leaf, Buffer.from(leafHash, 'hex'), event.beside?.salt ?? null, event.beside?.bytes ?? null],
      ...[append.appendId, Buffer.from(append.contentHash, 'hex')],
    ],
  });
  return rows[0]?.moved === 1;
}
