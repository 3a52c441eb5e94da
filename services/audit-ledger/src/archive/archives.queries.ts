import type { ArchivedRange, ArchiveView } from '@causeway/contracts';
import { inTransaction, type Pool, type Queryable } from '@causeway/postgres';
import type { Situation } from './archive.decide.ts';

type Said = Pick<ArchiveView, 'from' | 'to' | 'digest' | 'reason' | 'requestedBy' | 'at'>;
type Row = {
  readonly position: string;
  readonly said: Said | null;
  readonly archived: string;
  readonly restored_by: string | null;
};

const ARCHIVES = `select e.position, s.said, restored_by(e.position) as restored_by, (
    select count(*) from event a where a.archived_by = e.position
      and a.position >= (s.said ->> 'from')::bigint and a.position < (s.said ->> 'to')::bigint
  ) as archived
  from event e cross join lateral (select sealed_inline(e.position, 'range.archived') as said) s
  where e.type = 'range.archived' order by e.position`;

function viewOf({ position, said, archived, restored_by }: Row): readonly ArchiveView[] {
  if (!said) return [];
  const { from, to, digest, reason, requestedBy, at } = said;
  const restored = restored_by === null ? {} : { restoredBy: Number(restored_by) };
  return [
    { position: Number(position), from, to, digest, reason, requestedBy, at, archived: Number(archived), ...restored },
  ];
}

/** Every archive that is sealed, oldest first. */
export async function readArchives(db: Queryable): Promise<readonly ArchiveView[]> {
  const { rows } = await db.query<Row>(ARCHIVES);
  return rows.flatMap(viewOf);
}

/** What the archive that is sealed at a position says; undefined when there is none. */
export async function archiveAt(db: Queryable, position: number): Promise<ArchivedRange | undefined> {
  const { rows } = await db.query<{ said: ArchivedRange | null }>(
    `select sealed_inline($1, 'range.archived') as said`,
    [position],
  );
  return rows[0]?.said ?? undefined;
}

/** What decides about archiving a range. */
export async function situationOf(
  db: Queryable,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<Situation> {
  const { rows } = await db.query<{ readonly [fact in keyof Situation]-?: string | null }>(
    `select (select coalesce(max(size), 0) from checkpoint) as "signedTo", (select max(size) from cosignature) as "cosignedTo",
       (select coalesce(max(position), 0) from publication) as "publishedTo",
       (select min(position) from event e where type = 'data.erased'
         and not exists (select from erasure_done d where d.position = e.position)) as "unfinishedErasure",
       (select min(archived_by) from event where archived_by is not null and position >= $1 and position < $2) as "archivedBy"`,
    [from, to],
  );
  const { signedTo, publishedTo, cosignedTo, unfinishedErasure, archivedBy } = rows[0]!;
  const numberOf = (text: string | null): number | undefined => (text === null ? undefined : Number(text));
  return {
    ...{ signedTo: Number(signedTo), publishedTo: Number(publishedTo), cosignedTo: numberOf(cosignedTo) },
    ...{ unfinishedErasure: numberOf(unfinishedErasure), archivedBy: numberOf(archivedBy) },
  };
}

/** How many events of these positions an archive would take, were it sealed at `before`. */
export async function countArchivable(
  db: Queryable,
  { from, to, before }: { readonly from: number; readonly to: number; readonly before: number },
): Promise<number> {
  const { rows } = await db.query<{ n: string }>('select count(*) as n from archivable_positions($1, $2, $3)', [
    ...[from, to, before],
  ]);
  return Number(rows[0]!.n);
}

/** Takes out what the archive at this position reaches, all of it or nothing; again changes nothing. Resolves to how many events are out because of it. */
export async function takeOut(pool: Pool, position: number): Promise<number> {
  return inTransaction(pool, async (client) => {
    // As long as it takes: what is half done when time is up would be undone, and never be done.
    await client.query('set local statement_timeout = 0');
    await client.query('select archive_events($1)', [position]);
    return (await readArchives(client)).find((archive) => archive.position === position)?.archived ?? 0;
  });
}
