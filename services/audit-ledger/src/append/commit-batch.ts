import type { ClientBase } from '@causeway/postgres';
import { commitAppend, onlyAppendOf } from './commit-append.ts';
import type { WrittenBatch } from './written-batch.ts';

/**
 * One statement is one transaction: the head moves, or nothing is written. Bytes travel as four joined values in binary, cut up again here,
 * which costs a fraction of arrays of bytea.
 */
const COMMIT = `
with head as (
  update ledger_head set next_position = next_position + $4, chain = $5
  where log = $1 and epoch = $2 and next_position = $3
  returning log
), sealed as (
  insert into event (position, stream, version, id, type, scope, leaf, leaf_hash, chain)
  select $3::bigint + e.n - 1, e.stream, e.version, e.id, e.type, e.scope,
    substring($12::bytea from e.start for e.size),
    substring($13::bytea from (e.n * 32 - 31)::int for 32),
    substring($14::bytea from (e.n * 32 - 31)::int for 32)
  from head, unnest($6::text[], $7::int[], $8::uuid[], $9::text[], $10::text[], $11::int[], $15::int[])
    with ordinality as e (stream, version, id, type, scope, start, size, n)
), beside as (
  insert into event_data (position, salt, data)
  select d.position, substring($20::bytea from (d.n * 32 - 31)::int for 32), substring($19::bytea from d.start for d.size)
  from head, unnest($16::bigint[], $17::int[], $18::int[]) with ordinality as d (position, start, size, n)
), batch as (
  insert into append_batch (append_id, first_position, count, request_hash)
  select b.append_id, b.first_position, b.count, substring($24::bytea from (b.n * 32 - 31)::int for 32)
  from head, unnest($21::uuid[], $22::bigint[], $23::int[]) with ordinality as b (append_id, first_position, count, n)
)
select count(*)::int as moved from head`;

const hexBytes = (digits: readonly string[]): Buffer => Buffer.from(digits.join(''), 'hex');

/** Chunks joined, with where each begins (from 1) and how long it is. */
function joined(chunks: readonly Uint8Array[]): { bytes: Buffer; starts: number[]; sizes: number[] } {
  const starts: number[] = [];
  let start = 1;
  for (const chunk of chunks) {
    starts.push(start);
    start += chunk.length;
  }
  return { bytes: Buffer.concat(chunks), starts, sizes: chunks.map((chunk) => chunk.length) };
}

/**
 * Writes a batch durably. Resolves false, with nothing written, when the head is not where the batch begins or the epoch is over: somebody
 * else writes. Thrown: nothing was written if Postgres said so, else it is not known.
 */
export async function commitBatch(
  client: ClientBase,
  batch: WrittenBatch,
  writer: { readonly origin: string; readonly epoch: string },
): Promise<boolean> {
  const { events, appends, from, to } = batch;
  const only = onlyAppendOf(batch);
  if (only) return commitAppend(client, only, writer);
  const leaves = joined(events.map(({ leaf }) => leaf));
  const kept = events.flatMap(({ position, event }) => (event.beside ? [{ position, ...event.beside }] : []));
  const data = joined(kept.map(({ bytes }) => bytes));
  const { rows } = await client.query<{ moved: number }>({
    name: 'commit-batch',
    text: COMMIT,
    values: [
      ...[writer.origin, writer.epoch, from.nextPosition, to.nextPosition - from.nextPosition, Buffer.from(to.chain)],
      ...[events.map(({ event }) => event.stream), events.map(({ version }) => version)],
      ...[events.map(({ event }) => event.id), events.map(({ event }) => event.type)],
      ...[events.map(({ event }) => event.scope), leaves.starts, leaves.bytes],
      ...[hexBytes(events.map(({ leafHash }) => leafHash)), hexBytes(events.map(({ chain }) => chain))],
      ...[leaves.sizes, kept.map(({ position }) => position), data.starts, data.sizes, data.bytes],
      Buffer.concat(kept.map(({ salt }) => salt)),
      ...[
        appends.map(({ appendId }) => appendId),
        firstPositions(batch),
        appends.map((append) => append.events.length),
      ],
      hexBytes(appends.map(({ contentHash }) => contentHash)),
    ],
  });
  return rows[0]?.moved === 1;
}

/** Whether this epoch still writes: asked on the writer's connection, after all that was sent there before. */
export async function isStillLeading(
  client: ClientBase,
  writer: { readonly origin: string; readonly epoch: string },
): Promise<boolean> {
  const { rowCount } = await client.query({
    name: 'still-leading',
    text: 'select 1 from ledger_head where log = $1 and epoch = $2',
    values: [writer.origin, writer.epoch],
  });
  return rowCount === 1;
}

function firstPositions({ appends, from }: WrittenBatch): number[] {
  let position = from.nextPosition;
  return appends.map((append) => {
    const first = position;
    position += append.events.length;
    return first;
  });
}
