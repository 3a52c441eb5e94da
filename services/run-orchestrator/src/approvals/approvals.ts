import { type ApprovalView, type denyApproval, type getApproval, type grantApproval, type listApprovals, type ReplyEnvelope, type ReplyOf } from '@causeway/contracts';
import { ok, rejected, type Incoming } from '@causeway/messaging';
import type { Parts } from '../parts.ts';
import type { HeldSteps } from '../steps/held-steps.ts';
import { behind, paged, type Views } from '../views.ts';
import { toApprovalView } from './approvals.projection.ts';
import { findApproval, findApprovals } from './approvals.queries.ts';
import type { Approval, ApprovalCommand } from './domain/approval.ts';

type Meta = Incoming<typeof grantApproval>['meta'];

/** What can be asked about approvals. A decision is answered once it is sealed; the step goes on by itself. */
export function createApprovals({ handlers, edge, log }: Parts, held: HeldSteps, views: Views) {
  async function decide(approvalId: string, command: ApprovalCommand, meta: Meta): Promise<ReplyEnvelope<ApprovalView>> {
    const handled = await handlers.approvals.handle(approvalId, command, { actor: meta.actor, causationId: meta.id });
    if (!handled.accepted) return { ok: false, rejection: handled.rejection };
    void held.settle(approvalId).catch((err: unknown) => log.warn({ err, approvalId }, 'a held step was not moved; the clock will try again'));
    return ok(await viewOf(handled.state));
  }

  async function viewOf(approval: Approval): Promise<ApprovalView> {
    if (approval.kind === 'none') throw new Error('an approval that was just decided is not there');
    const { content, digest, state } = approval;
    const seen = await findApproval(views.pool, content.approvalId);
    const base = seen ? toApprovalView(seen) : { reason: '', requestedAt: edge.now() };
    return { ...base, approvalId: content.approvalId, content, digest, state };
  }

  return {
    grant: ({ data, meta }: Incoming<typeof grantApproval>) =>
      decide(data.approvalId, { type: 'grant', digest: data.digest, reason: data.reason, by: meta.actor.id, at: edge.now() }, meta),
    deny: ({ data, meta }: Incoming<typeof denyApproval>) =>
      decide(data.approvalId, { type: 'deny', reason: data.reason, by: meta.actor.id, at: edge.now() }, meta),
    get: async ({ data }: Incoming<typeof getApproval>): Promise<ReplyEnvelope<ApprovalView>> => {
      const late = await behind(views, data.minPosition);
      if (late) return late;
      const approval = await findApproval(views.pool, data.approvalId);
      return approval ? ok(toApprovalView(approval)) : rejected('APPROVAL_NOT_FOUND', `there is no approval ${data.approvalId}`);
    },
    list: async ({ data }: Incoming<typeof listApprovals>): Promise<ReplyEnvelope<ReplyOf<typeof listApprovals>>> => {
      const { page, next } = paged(await findApprovals(views.pool, data), data.limit, (approval) => approval.approvalId);
      return ok({ approvals: page.map(toApprovalView), ...(next ? { next } : {}) });
    },
  };
}
export type Approvals = ReturnType<typeof createApprovals>;
