import type { ClientBase } from '@causeway/postgres';
import type { EarlierAppend } from './batch.ts';
import type { PreparedAppend } from './prepare.ts';

/** Versions that these streams are at; those that do not exist are at 0. */
export async function readVersions(
  client: Pick<ClientBase, 'query'>,
  streams: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await client.query<{ stream: string; version: number }>({
    name: 'stream-versions',
    text: `select s.stream, coalesce((select e.version from event e where e.stream = s.stream order by e.version desc limit 1), 0) as version
      from unnest($1::text[]) as s (stream)`,
    values: [streams],
  });
  return new Map(rows.map(({ stream, version }) => [stream, version]));
}

type EarlierRow = {
  readonly append_id: string;
  readonly first_position: string;
  readonly request_hash: Buffer;
  readonly id: string;
  readonly stream: string;
  readonly version: number;
};
export type Found = {
  readonly appendId: string;
  readonly events: readonly { readonly id: string }[];
  readonly earlier: EarlierAppend;
};

/** The appends in the log that share an append id or an event id with these. */
export async function readEarlier(
  client: Pick<ClientBase, 'query'>,
  requests: readonly PreparedAppend[],
): Promise<readonly Found[]> {
  const { rows } = await client.query<EarlierRow>({
    name: 'earlier-appends',
    text: `with hit as (
        select first_position from append_batch where append_id = any($1::uuid[])
        union
        select (select max(b.first_position) from append_batch b where b.first_position <= e.position)
        from event e where e.id = any($2::uuid[])
      )
      select b.append_id, b.first_position, b.request_hash, e.id, e.stream, e.version
      from hit join append_batch b using (first_position)
      join event e on e.position >= b.first_position and e.position < b.first_position + b.count
      order by e.position`,
    values: [requests.map(({ appendId }) => appendId), requests.flatMap(({ events }) => events.map(({ id }) => id))],
  });
  return [...Map.groupBy(rows, ({ append_id }) => append_id).entries()].map(([appendId, events]) => {
    const firstPosition = Number(events[0]!.first_position);
    const answer = {
      firstPosition,
      lastPosition: firstPosition + events.length - 1,
      versions: Object.fromEntries(events.map(({ stream, version }) => [stream, version])),
    };
    return {
      appendId,
      events,
      earlier: { contentHash: events[0]!.request_hash.toString('hex'), answer },
    };
  });
}
