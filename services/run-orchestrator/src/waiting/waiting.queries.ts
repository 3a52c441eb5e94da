import type { Pool } from '@causeway/postgres';
import type { ApprovalDocument } from '../approvals/approvals.projection.ts';
import type { RunDocument } from '../runs/runs.projection.ts';
import type { StepDocument } from '../steps/steps.projection.ts';

/** Something that waits: what it is, and the document that tells of it. */
export type WaitingRow =
  | { readonly kind: 'approval'; readonly severity: number; readonly view: ApprovalDocument }
  | { readonly kind: 'run'; readonly severity: number; readonly view: RunDocument }
  | { readonly kind: 'step'; readonly severity: number; readonly view: StepDocument; readonly agentId: string };

/** Severity of what has no risk of its own, 0 low to 3 critical. */
const SEVERITY = { budget: 1, operator: 0, unknownStep: 2 } as const;

/** A run that waits for a larger budget and has an approval for it waits once: as the approval. */
const WAITING = `
  select 'approval' as kind, severity, view ->> 'requestedAt' as since, key, view, null as agent_id
    from approval_view where state = 'pending'
  union all
  select 'run', case view -> 'phase' ->> 'cause' when 'budget' then ${SEVERITY.budget} else ${SEVERITY.operator} end,
         view ->> 'pausedAt', key, view, null
    from run_view r
   where state = 'paused' and view -> 'phase' ->> 'cause' in ('operator', 'budget')
     and not exists (
       select from approval_view a where a.state = 'pending' and a.view -> 'content' ->> 'runId' = r.key
     )
  union all
  select 'step', ${SEVERITY.unknownStep}, s.view ->> 'endedAt', s.key, s.view, r.view ->> 'agentId'
    from step_view s join run_view r on r.key = s.run_id
   where s.state = 'unknown' and s.view ->> 'finding' is null`;

type Row = WaitingRow & { readonly total: string; readonly agent_id: string };

/** What waits for a person, the worst first and of equally bad things the oldest, and how much it is in all. */
export async function findWaiting(
  pool: Pool,
  limit: number,
): Promise<{ readonly rows: readonly WaitingRow[]; readonly total: number }> {
  const { rows } = await pool.query<Row>(
    `select *, count(*) over () as total from (${WAITING}) as waiting order by severity desc, since, key limit $1`,
    [limit],
  );
  const total = Number(rows[0]?.total ?? 0);
  return { rows: rows.map(({ agent_id: agentId, ...row }) => ({ ...row, agentId })), total };
}
