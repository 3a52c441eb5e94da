import type { Recent, Recorded } from '@causeway/eventing';
import type { ClientBase } from 'pg';

/**
 * A view kept as one JSON document per key. `evolve` is pure; whatever columns queries need are generated from the document by the table's
 * own definition, so that the document is all there is to write.
 */
export type DocumentProjection<View> = {
  readonly table: string;
  /** Keys of the documents that an event touches. A document that holds erasable data MUST be made of the events of one stream. */
  readonly keysOf: (event: Recorded) => readonly string[];
  /** Whether `evolve` makes the document of this event alone, so that the one before need not be read. Left out: never. */
  readonly begins?: (event: Recorded) => boolean;
  /** The document after the event; undefined leaves it as it is. */
  readonly evolve: (view: View | undefined, event: Recorded, key: string) => View | undefined;
};
export type AnyProjection = DocumentProjection<never>;

/** Documents that are known to be as the table has them, by table and key. */
export type KnownDocuments = Recent<string, unknown>;

export type Target = {
  /** The projection's own table, or the one being rebuilt. */
  readonly table: string;
  /** What need not be read; takes note of what is written, so it MUST be forgotten when the transaction is not committed. */
  readonly known?: KnownDocuments | undefined;
};

type Touched = { readonly key: string; readonly event: Recorded };

/** Applies events to the documents of a table: at most one read and one write for the batch. */
export async function projectDocuments(
  client: ClientBase,
  projection: AnyProjection,
  events: readonly Recorded[],
  { table, known }: Target,
): Promise<void> {
  const touched = events.flatMap((event) => projection.keysOf(event).map((key) => ({ key, event })));
  if (touched.length === 0) return;
  const views = await documentsBefore(client, { projection, touched, table, known });
  const changed = new Set<string>();
  for (const { key, event } of touched) {
    const view = projection.evolve(views.get(key) as never, event, key);
    if (view === undefined) continue;
    views.set(key, view);
    changed.add(key);
  }
  if (changed.size === 0) return;
  const documents = [...changed].map((key) => storableJson(views.get(key)));
  await client.query({
    name: `write-${table}`,
    text: `insert into ${table} (key, view) select * from unnest($1::text[], $2::jsonb[]) on conflict (key) do update set view = excluded.view`,
    values: [[...changed], documents],
  });
  for (const key of changed) known?.set(`${table} ${key}`, views.get(key));
}

async function documentsBefore(
  client: ClientBase,
  { projection, touched, table, known }: Target & { projection: AnyProjection; touched: readonly Touched[] },
): Promise<Map<string, unknown>> {
  const views = new Map<string, unknown>();
  const unread = new Set<string>();
  for (const { key, event } of touched) {
    if (views.has(key) || unread.has(key)) continue;
    const view = known?.get(`${table} ${key}`);
    if (view !== undefined) views.set(key, view);
    else if (projection.begins?.(event)) views.set(key, undefined);
    else unread.add(key);
  }
  if (unread.size === 0) return views;
  const { rows } = await client.query<{ key: string; view: unknown }>({
    name: `read-${table}`,
    text: `select key, view from ${table} where key = any($1)`,
    values: [[...unread]],
  });
  for (const { key, view } of rows) views.set(key, view);
  return views;
}

/**
 * JSON text that jsonb takes: it knows no NUL character and no half of a surrogate pair, so U+FFFD stands for each. Otherwise one event
 * with such a text would hold up the views for ever.
 */
function storableJson(document: unknown): string {
  return JSON.stringify(document).replaceAll(/\\(u0000|u[dD][89a-fA-F][0-9a-fA-F]{2}|[^])/g, (escape, what: string) =>
    what.length > 1 ? '\\ufffd' : escape,
  );
}

/** SHA-256 over all documents in key order: equal digests, equal views. */
export async function digestOf(client: ClientBase, table: string): Promise<string> {
  const { rows } = await client.query<{ digest: string }>(
    `select encode(sha256(coalesce(string_agg(sha256(convert_to(key || ' ' || view::text, 'UTF8')), ''::bytea order by key), '')), 'hex')
       as digest from ${table}`,
  );
  return rows[0]!.digest;
}
