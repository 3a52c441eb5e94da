import { auditLedgerEvents, type DataOf, type erase, type ErasureTarget } from '@causeway/contracts';
import type { Pool } from '@causeway/postgres';
import { isWhole, recordedEventOf, type EventRow } from '../read/pages.ts';

/** What an erasure's event says, and where it stands. */
export type RecordedErasure = Pick<DataOf<typeof erase>, 'target' | 'reason'> & {
  readonly position: number;
  readonly erased: number;
};

/** The erasure that was recorded under this id; `other` when the id belongs to another event. */
export async function erasureById(pool: Pool, id: string): Promise<RecordedErasure | 'other' | undefined> {
  const { rows } = await pool.query<EventRow>(
    'select e.*, null::bytea as salt, null::bytea as data, 1 as matched from event e where id = $1',
    [id],
  );
  const [row] = rows;
  if (!row) return undefined;
  // No erasure is ever archived.
  if (!isWhole(row)) return 'other';
  const event = recordedEventOf(row);
  const said = event.type === 'data.erased' ? auditLedgerEvents['data.erased'].data.safeParse(event.data) : undefined;
  return said?.success ? { ...said.data, position: event.position } : 'other';
}

/** How many events of a target, before a position, have data that can be erased. */
export async function countErasable(pool: Pool, target: ErasureTarget, before: number): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    'select count(*)::int as n from event_data where position in (select erasable_positions($1::json, $2))',
    [JSON.stringify(target), before],
  );
  return rows[0]!.n;
}

/** Position of an archive that holds an event of this target, before a position; its data is not here to be erased. */
export async function archiveOfTarget(pool: Pool, target: ErasureTarget, before: number): Promise<number | undefined> {
  const { rows } = await pool.query<{ archived_by: string }>(
    `select e.archived_by from (
       select position from event where scope = $1::json ->> 'scope'
       union all
       select position from event where stream = $1::json ->> 'stream'
       union all
       select value::bigint from json_array_elements_text(coalesce($1::json -> 'positions', '[]'))
     ) reached join event e using (position) where e.archived_by is not null and e.position < $2 limit 1`,
    [JSON.stringify(target), before],
  );
  return rows[0] && Number(rows[0].archived_by);
}

/** Deletes the data that the erasure at this position reaches; again changes nothing. */
export async function deleteErased(pool: Pool, position: number): Promise<void> {
  await pool.query('select erase_event_data($1)', [position]);
}

/** Positions of erasures that are sealed and whose copies may still be somewhere, oldest first. */
export async function unfinishedErasures(pool: Pool): Promise<readonly number[]> {
  const { rows } = await pool.query<{ position: string }>(
    `select position from event e where type = 'data.erased'
       and not exists (select from erasure_done d where d.position = e.position) order by position`,
  );
  return rows.map(({ position }) => Number(position));
}

export type Reached = { readonly position: number; readonly type: string; readonly scope: string };

/** The events that the erasure at this position reaches. */
export async function reachedBy(pool: Pool, position: number): Promise<readonly Reached[]> {
  const { rows } = await pool.query<{ position: string; type: string; scope: string }>(
    'select position, type, scope from event where position in (select erased_positions($1))',
    [position],
  );
  return rows.map((row) => ({ ...row, position: Number(row.position) }));
}

/** Notes that nothing of the erasure at this position is left to do. */
export async function keepFinished(pool: Pool, position: number): Promise<void> {
  await pool.query('insert into erasure_done (position) values ($1) on conflict do nothing', [position]);
}
