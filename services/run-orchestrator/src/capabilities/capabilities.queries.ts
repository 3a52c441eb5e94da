import type { Pool } from '@causeway/postgres';
import type { CapabilityDocument } from './capabilities.projection.ts';

type Row = { readonly view: CapabilityDocument };

/** Position of the newest event about any capability: the version of the list. 0 when there is none. */
export async function findVersion(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ version: string | null }>('select max(position) as version from capability_view');
  return Number(rows[0]?.version ?? 0);
}

/** Every capability that there is now. */
export async function findPresent(pool: Pool): Promise<readonly CapabilityDocument[]> {
  const { rows } = await pool.query<Row>('select view from capability_view where not removed order by id');
  return rows.map(({ view }) => view);
}

/** Capabilities in the order of their ids; one more than `limit` tells the caller that there is another page. */
export async function findCapabilities(
  pool: Pool,
  { after, limit }: { readonly after?: string | undefined; readonly limit: number },
): Promise<readonly CapabilityDocument[]> {
  const { rows } = await pool.query<Row>(
    'select view from capability_view where not removed and ($1::text is null or id > $1) order by id limit $2',
    [after ?? null, limit + 1],
  );
  return rows.map(({ view }) => view);
}

/** Capabilities with news after a version of the list, oldest news first; one more than `limit`. */
export async function findChanged(pool: Pool, since: number, limit: number): Promise<readonly CapabilityDocument[]> {
  const { rows } = await pool.query<Row>(
    'select view from capability_view where position > $1 order by position limit $2',
    [since, limit + 1],
  );
  return rows.map(({ view }) => view);
}
