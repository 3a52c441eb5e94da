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

/** Most approvals that one look brings in line with their steps. */
export const MOST_UNSETTLED = 100;

/** Approvals that may have to be brought in line: they or their steps changed at this position or later, or their time is over. */
export async function findChangedApprovals(
  pool: Pool,
  { at, from }: { readonly at: string; readonly from: number },
): Promise<readonly string[]> {
  const { rows } = await pool.query<{ key: string }>(
    `select key from approval_view where changed >= $2
      union
     select view ->> 'approvalId' from step_view where view ? 'approvalId' and (view ->> 'position')::bigint >= $2
      union
     select key from approval_view where state = 'pending' and due_at <= $1`,
    [at, from],
  );
  return rows.map(({ key }) => key);
}

/**
 * Approvals, of these or of all, that have to be brought in line with their step: decided or past their time while the step is held, or open
 * although the step no longer waits. An approval that its step does not name is none of its. At most {@link MOST_UNSETTLED}.
 */
export async function findUnsettledApprovals(
  pool: Pool,
  { at, among }: { readonly at: string; readonly among: readonly string[] | 'all' },
): Promise<readonly string[]> {
  const { rows } = await pool.query<{ key: string }>(
    `select a.key
       from approval_view a
       join step_view s on s.key = (a.view -> 'content' ->> 'runId') || '/' || (a.view -> 'content' ->> 'stepId')
        and s.view ->> 'approvalId' = a.key
      where ($2::text[] is null or a.key = any($2))
        and ((s.state = 'held' and (a.state <> 'pending' or a.due_at <= $1))
          or (s.state <> 'held' and a.state in ('pending', 'granted')))
      limit ${MOST_UNSETTLED}`,
    [at, among === 'all' ? null : among],
  );
  return rows.map(({ key }) => key);
}
