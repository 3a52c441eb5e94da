import type { ApprovalState } from '@causeway/contracts';
import type { Pool } from '@causeway/postgres';
import type { ApprovalDocument } from './approvals.projection.ts';

type Row = { readonly view: ApprovalDocument };

/** One approval, or undefined. */
export async function findApproval(pool: Pool, approvalId: string): Promise<ApprovalDocument | undefined> {
  const { rows } = await pool.query<Row>('select view from approval_view where key = $1', [approvalId]);
  return rows[0]?.view;
}

export type ApprovalFilter = {
  readonly state?: ApprovalState | undefined;
  readonly order: 'age' | 'severity';
  readonly after?: string | undefined;
  readonly limit: number;
};

const COMES_AFTER = {
  age: 'requested > coalesce((select requested from approval_view where key = $2), -1)',
  severity:
    '$2::text is null or (3 - severity, requested) > (select 3 - severity, requested from approval_view where key = $2)',
} as const;
const ORDER_BY = { age: 'requested', severity: '3 - severity, requested' } as const;

/** Approvals, oldest first, or the worst before that. One more than `limit` tells the caller that there is another page. */
export async function findApprovals(
  pool: Pool,
  { state, order, after, limit }: ApprovalFilter,
): Promise<readonly ApprovalDocument[]> {
  const { rows } = await pool.query<Row>(
    `select view from approval_view
      where ($1::text is null or state = $1) and (${COMES_AFTER[order]})
      order by ${ORDER_BY[order]} limit $3`,
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
      where a.state in ('pending', 'granted') and s.state <> 'held' and s.view ->> 'approvalId' = a.key
      limit 100`,
    [at],
  );
  return rows.map(({ key }) => key);
}
