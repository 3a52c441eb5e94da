import type { Pool } from '@causeway/postgres';

export type SealedLeaf = { readonly position: number; readonly leaf: Buffer; readonly leafHash: Buffer };
type Row = { readonly position: string; readonly leaf: Buffer; readonly leaf_hash: Buffer };

const sealedLeaf = ({ position, leaf, leaf_hash }: Row): SealedLeaf => ({
  ...{ position: Number(position), leaf, leafHash: leaf_hash },
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

/** Leaves in order, as many as fit into `maxBytes`, but at least one. */
export async function readLeafPage(
  pool: Pool,
  { from, limit, maxBytes }: { readonly from: number; readonly limit: number; readonly maxBytes: number },
): Promise<readonly Buffer[]> {
  const { rows } = await pool.query<{ leaf: Buffer }>({
    name: 'leaf-page',
    text: `select leaf from (
        select position, leaf, sum(octet_length(leaf)) over (order by position) as total
        from (select position, leaf from event where position >= $1 order by position limit $2) found
      ) page
      where total <= $3 or position = $1
      order by position`,
    values: [from, limit, maxBytes],
  });
  return rows.map(({ leaf }) => leaf);
}
