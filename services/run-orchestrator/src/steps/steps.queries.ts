import type { Pool } from '@causeway/postgres';
import type { StepDocument } from './steps.projection.ts';

type Row = { readonly view: StepDocument };

/** One step, or undefined. */
export async function findStep(pool: Pool, runId: string, stepId: string): Promise<StepDocument | undefined> {
  const { rows } = await pool.query<Row>('select view from step_view where key = $1', [`${runId}/${stepId}`]);
  return rows[0]?.view;
}

/**
 * Steps of a run in the order in which they were asked for, from the one after `afterPosition` on. One more than `limit` tells the caller
 * that there is another page.
 */
export async function findSteps(
  pool: Pool,
  { runId, afterPosition, limit }: { runId: string; afterPosition: number; limit: number },
): Promise<readonly StepDocument[]> {
  const { rows } = await pool.query<Row>(
    'select view from step_view where run_id = $1 and opened > $2 order by opened limit $3',
    [runId, afterPosition, limit + 1],
  );
  return rows.map(({ view }) => view);
}

/** Started steps, oldest first: those that this executor started before `ownBefore`, and anybody's whose deadline was before `overdueAt`. */
export async function findOrphanedSteps(
  pool: Pool,
  { executor, ownBefore, overdueAt }: { executor: string; ownBefore: string; overdueAt: string },
): Promise<readonly StepDocument[]> {
  const { rows } = await pool.query<Row>(
    `select view from step_view
      where state = 'started'
        and ((view ->> 'executor' = $1 and view ->> 'startedAt' < $2) or view ->> 'deadlineAt' < $3)
      order by opened limit 1000`,
    [executor, ownBefore, overdueAt],
  );
  return rows.map(({ view }) => view);
}
