import { isOpen, isPastExpiry, type Requested } from '../approvals/domain/approval.ts';
import { TIME } from './extension-approval.ts';
import type { Parts } from '../parts.ts';
import type { Views } from '../views.ts';

export type TimeExtensions = ReturnType<typeof timeExtensions>;

/** Lets runs that wait for more time go on, or end, once their approval is decided. Safe to ask any number of times. */
export function timeExtensions({ handlers, edge, executor }: Pick<Parts, 'handlers' | 'edge' | 'executor'>) {
  const actor = { kind: 'clock' as const, id: executor };

  async function start({ content, digest, decision, version }: Requested): Promise<void> {
    const { approvalId, runId, stepId, extension } = content;
    if (!extension) return;
    const bound = { approvalId, approvalVersion: version, digest, stepId, extension };
    const command = { type: 'start-extended' as const, ...bound, by: decision?.by ?? executor, at: edge.now() };
    await handlers.runs.handle(runId, command, { actor, correlationId: runId, causationId: approvalId });
  }

  async function end({ content }: Requested, reason: string): Promise<void> {
    const { approvalId, runId } = content;
    const command = { type: 'end-unextended' as const, approvalId, reason, at: edge.now() };
    await handlers.runs.handle(runId, command, { actor, correlationId: runId, causationId: approvalId });
  }

  async function expire(approval: Requested): Promise<void> {
    const { approvalId, expiresAt } = approval.content;
    const command = { type: 'expire' as const, at: edge.now() };
    const handled = await handlers.approvals.handle(approvalId, command, { actor });
    if (!handled.accepted || handled.state.kind === 'none' || handled.state.state !== 'expired') return;
    await end(approval, `nobody gave the run more time by ${expiresAt}`);
  }

  async function withdraw({ content }: Requested): Promise<void> {
    const command = { type: 'withdraw' as const, reason: 'the run no longer waits for it', at: edge.now() };
    await handlers.approvals.handle(content.approvalId, command, { actor });
  }

  function settleWaiting(approval: Requested): Promise<void> | undefined {
    const isLate = isPastExpiry(approval, edge.now());
    const said = approval.decision?.reason ?? 'no reason given';
    switch (approval.state) {
      case 'pending':
        return isLate ? expire(approval) : undefined;
      case 'granted':
        return isLate ? expire(approval) : start(approval);
      case 'expired':
        return expire(approval);
      case 'denied':
      case 'returned':
        return end(approval, `a person gave the run no more time: ${said}`);
      case 'withdrawn':
      case 'consumed':
        return end(approval, `the approval of more time is ${approval.state}`);
    }
  }

  return {
    /** Brings a run in line with the approval it waits for, and an approval in line with a run that no longer waits for it. */
    settle: async (approvalId: string): Promise<void> => {
      const approval = await handlers.approvals.load(approvalId);
      if (approval.kind === 'none') return;
      const run = await handlers.runs.load(approval.content.runId);
      if (run.kind === 'none' || run.budget.waitsFor !== approvalId)
        return isOpen(approval) ? withdraw(approval) : undefined;
      await settleWaiting(approval);
    },
  };
}

/** Approvals of more time that do not fit their run: decided or past their time while it waits, or open although it no longer does. */
export async function findUnsettledTimeApprovals({ pool }: Views, at: string): Promise<readonly string[]> {
  const { rows } = await pool.query<{ key: string }>(
    `select a.key from approval_view a join run_view r on r.key = a.view -> 'content' ->> 'runId'
      where a.view -> 'content' ->> 'capability' = $2
        and case when r.view -> 'budget' ->> 'waitsFor' = a.key then a.state <> 'pending' or a.due_at <= $1
                 else a.state in ('pending', 'granted') end
      limit 100`,
    [at, TIME],
  );
  return rows.map(({ key }) => key);
}
