import type { Pool } from '@causeway/postgres';
import { archivedRejection } from '../read/archived-rows.ts';
import { Refused } from '../read/refused.ts';

/** `leaf` is undefined when the event is archived. */
export type SealedLeaf = { readonly position: number; readonly leaf: Buffer | undefined; readonly leafHash: Buffer };
type Row = { readonly position: string; readonly leaf: Buffer | null; readonly leaf_hash: Buffer };

const sealedLeaf = ({ position, leaf, leaf_hash }: Row): SealedLeaf => ({
  ...{ position: Number(position), leaf: leaf ?? undefined, leafHash: leaf_hash },
});

/** The leaf at a position, or of an event id; of both when both are given. Undefined when there is none. */
export async function findLeaf(
  pool: Pool,
  { position, eventId }: { readonly position?: number | undefined; readonly eventId?: string | undefined },
): Promise<SealedLeaf | undefined> {
  const { rows } =
    eventId === undefined
      ? await pool.query<Row>({
          name: 'leaf-at',
          text: 'select position, leaf, leaf_hash from event where position = $1',
          values: [position],
        })
      : await pool.query<Row>({
          name: 'leaf-of',
          text: 'select position, leaf, leaf_hash from event where id = $1 and ($2::bigint is null or position = $2)',
          values: [eventId, position ?? null],
        });
  return rows[0] && sealedLeaf(rows[0]);
}

/** Leaves in order, as many as fit into `maxBytes`, but at least one. Throws Refused RANGE_ARCHIVED when the first is archived, and ends before one that is. */
export async function readLeafPage(
  pool: Pool,
  { from, limit, maxBytes }: { readonly from: number; readonly limit: number; readonly maxBytes: number },
): Promise<readonly Buffer[]> {
  const { rows } = await pool.query<{ leaf: Buffer | null; archived_by: string | null }>({
    name: 'leaf-page',
    text: `select leaf, archived_by from (
        select position, leaf, archived_by, sum(coalesce(octet_length(leaf), 0)) over (order by position) as total
        from (select position, leaf, archived_by from event where position >= $1 order by position limit $2) found
      ) page
      where total <= $3 or position = $1
      order by position`,
    values: [from, limit, maxBytes],
  });
  const first = rows.findIndex(({ leaf }) => leaf === null);
  if (first === 0) throw new Refused(await archivedRejection(pool, Number(rows[0]!.archived_by)));
  return rows.slice(0, first === -1 ? undefined : first).map(({ leaf }) => leaf!);
}
