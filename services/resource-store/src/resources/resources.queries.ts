import type { Pool } from '@causeway/postgres';
import type { KeptResource } from './domain/resource.ts';

type Row = { readonly view: KeptResource };

/** Which resource has this id? */
export async function resourceById(pool: Pool, resourceId: string): Promise<KeptResource | undefined> {
  const { rows } = await pool.query<Row>('select view from resource_view where key = $1', [resourceId]);
  return rows[0]?.view;
}

export type Wanted = {
  readonly sessionId?: string | undefined;
  readonly runId?: string | undefined;
  /** Resource id of the last one that was seen. */
  readonly after?: string | undefined;
  readonly limit: number;
};

/** Which resources were taken in, oldest first, by this session or run? `next` continues the list. */
export async function resourcesOf(pool: Pool, wanted: Wanted): Promise<{ resources: KeptResource[]; next?: string }> {
  const { sessionId = null, runId = null, after = null, limit } = wanted;
  const { rows } = await pool.query<Row>(
    `select view from resource_view
     where ($1::text is null or session_id = $1)
       and ($2::text is null or run_id = $2)
       and position > coalesce((select position from resource_view where key = $3), -1)
     order by position
     limit $4`,
    [sessionId, runId, after, limit + 1],
  );
  const resources = rows.slice(0, limit).map(({ view }) => view);
  const last = resources.at(-1);
  return rows.length > limit && last ? { resources, next: last.resourceId } : { resources };
}
