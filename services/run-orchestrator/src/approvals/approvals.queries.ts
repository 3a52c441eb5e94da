import type { ApprovalState } from '@causeway/contracts';
import type { Pool } from '@causeway/postgres';
import type { ApprovalDocument } from './approvals.projection.ts';

type Row = { readonly view: ApprovalDocument };

/** One approval, or undefined. */
export async function findApproval(pool: Pool, approvalId: string): Promise<ApprovalDocument | undefined> {
  const { rows } = await pool.query<Row>('select view from approval_view where key = $1', [approvalId]);
  return rows[0]?.view;
}

/** Approvals, oldest first. One more than `limit` tells the caller that there is another page. */
export async function findApprovals(
  pool: Pool,
  { state, after, limit }: { state?: ApprovalState | undefined; after?: string | undefined; limit: number },
): Promise<readonly ApprovalDocument[]> {
  const { rows } = await pool.query<Row>(
    `select view from approval_view
      where ($1::text is null or state = $1) and requested > coalesce((select requested from approval_view where key = $2), -1)
      order by requested limit $3`,
    [state ?? null, after ?? null, limit + 1],
  );
  return rows.map(({ view }) => view);
}

/**
 * Approvals that have to be brought in line with their step: decided or past their time while the step is held, or open although the step no
 * longer waits.
 */
export async function findUnsettledApprovals(pool: Pool, at: string): Promise<readonly string[]> {
  const { rows } = await pool.query<{ key: string }>(
    `select a.key from step_view s join approval_view a on a.key = s.view ->> 'approvalId'
      where s.state = 'held' and (a.state <> 'pending' or a.due_at <= $1)
      union
     select a.key from approval_view a
       join step_view s on s.key = (a.view -> 'content' ->> 'runId') || '/' || (a.view -> 'content' ->> 'stepId')
      where a.state in ('pending', 'granted') and s.state <> 'held'
      limit 100`,
    [at],
  );
  return rows.map(({ key }) => key);
}
