import type { ClientBase } from '@causeway/postgres';
import type { HeadOfLog } from './seal.ts';
import type { WrittenAppend, WrittenBatch, WrittenEvent } from './written-batch.ts';

/** Most events whose values stand in the statement one by one: more of them are written cheaper as `commit-batch.ts` does. */
const MOST_EVENTS = 6;

/** The head's four parameters, the append's two, and then those of each event. */
const FIRST_OF_EVENTS = 7;
const OF_EVENT = [
  ...['bigint', 'text', 'int', 'uuid', 'text', 'text', 'bytea', 'bytea', 'bytea'],
  ...['bytea', 'bytea'],
] as const;

const statements = new Map<number, string>();

/**
 * The statement of `commit-batch.ts` for a batch of one append with so many events. Somebody who appends alone waits for all of it, and cutting up
 * joined bytes costs Postgres a third of the whole when there are only a few pieces.
 */
function statementFor(events: number): string {
  const known = statements.get(events);
  if (known !== undefined) return known;
  const rows = Array.from({ length: events }, (_, row) => {
    const first = FIRST_OF_EVENTS + row * OF_EVENT.length;
    return `(${OF_EVENT.map((type, index) => `$${first + index}::${type}`).join(', ')})`;
  });
  const text = `
with head as (
  update ledger_head set next_position = next_position + ${events}, chain = $4
  where log = $1 and epoch = $2 and next_position = $3
  returning log
), given (position, stream, version, id, type, scope, leaf, leaf_hash, chain, salt, data) as (
  values ${rows.join(', ')}
), sealed as (
  insert into event (position, stream, version, id, type, scope, leaf, leaf_hash, chain)
  select position, stream, version, id, type, scope, leaf, leaf_hash, chain from head, given
), beside as (
  insert into event_data (position, salt, data)
  select position, salt, data from head, given where salt is not null
), batch as (
  insert into append_batch (append_id, first_position, count, request_hash)
  select $5, $3::bigint, ${events}, $6 from head
)
select count(*)::int as moved from head`;
  statements.set(events, text);
  return text;
}

/** A batch that is one append of few events. */
export type OnlyAppend = {
  readonly append: WrittenAppend;
  readonly events: readonly WrittenEvent[];
  readonly from: HeadOfLog;
  readonly to: HeadOfLog;
};

/** Undefined for a batch of more than one append, or of many events. */
export function onlyAppendOf({ events, appends, from, to }: WrittenBatch): OnlyAppend | undefined {
  const [append, second] = appends;
  return append && !second && events.length <= MOST_EVENTS ? { append, events, from, to } : undefined;
}

/** Writes one append durably, as `commitBatch` writes many; false when it changed nothing. */
export async function commitAppend(
  client: ClientBase,
  { append, events, from, to }: OnlyAppend,
  writer: { readonly origin: string; readonly epoch: string },
): Promise<boolean> {
  const { rows } = await client.query<{ moved: number }>({
    name: `commit-append-${events.length}`,
    text: statementFor(events.length),
    values: [
      ...[writer.origin, writer.epoch, from.nextPosition, Buffer.from(to.chain)],
      ...[append.appendId, Buffer.from(append.contentHash, 'hex')],
      ...events.flatMap(valuesOf),
    ],
  });
  return rows[0]?.moved === 1;
}

const valuesOf = ({ position, version, leaf, leafHash, chain, event }: WrittenEvent): readonly unknown[] => [
  ...[position, event.stream, version, event.id, event.type, event.scope],
  ...[leaf, Buffer.from(leafHash, 'hex'), Buffer.from(chain, 'hex')],
  ...[event.beside?.salt ?? null, event.beside?.bytes ?? null],
];
