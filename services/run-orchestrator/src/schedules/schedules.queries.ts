import type { ScheduleState } from '@causeway/contracts';
import type { Pool } from '@causeway/postgres';
import type { ScheduleDocument } from './schedules.projection.ts';

type Row = { readonly view: ScheduleDocument };
type Key = { readonly key: string };

/** One schedule, or undefined. */
export async function findSchedule(pool: Pool, scheduleId: string): Promise<ScheduleDocument | undefined> {
  const { rows } = await pool.query<Row>('select view from schedule_view where key = $1', [scheduleId]);
  return rows[0]?.view;
}

export type ScheduleFilter = {
  readonly sessionId?: string | undefined;
  readonly state?: ScheduleState | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
};

/** Schedules, newest first: ids sort by age. One more than `limit` tells the caller that there is another page. */
export async function findSchedules(
  pool: Pool,
  { sessionId, state, after, limit }: ScheduleFilter,
): Promise<readonly ScheduleDocument[]> {
  const { rows } = await pool.query<Row>(
    `select view from schedule_view
      where ($1::text is null or session_id = $1) and ($2::text is null or state = $2) and ($3::text is null or key < $3)
      order by key desc limit $4`,
    [sessionId ?? null, state ?? null, after ?? null, limit + 1],
  );
  return rows.map(({ view }) => view);
}

/** Schedules for which there is something to do: an occurrence is due, or a run that they know as open is over. Most overdue first. */
export async function findDueSchedules(pool: Pool, at: string): Promise<readonly string[]> {
  const { rows } = await pool.query<Key>(
    `(select key from schedule_view where state = 'active' and due_at <= $1 order by due_at limit 500)
      union
     (select s.key from schedule_view s
       where s.open > 0 and exists (
         select from jsonb_array_elements(s.view -> 'open') o
           join run_view r on r.key = o ->> 'runId' and r.state in ('done', 'failed', 'cancelled'))
       limit 500)`,
    [at],
  );
  return rows.map(({ key }) => key);
}

/** Schedules that go on although their session is revoked. */
export async function findSchedulesOfRevokedSessions(pool: Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<Key>(
    `select c.key from schedule_view c join session_view s on s.key = c.session_id
      where c.state in ('active', 'paused') and s.state = 'revoked' limit 100`,
  );
  return rows.map(({ key }) => key);
}
