import {
  type ApprovalView,
  type denyApproval,
  type getApproval,
  type grantApproval,
  type listApprovals,
  type ReplyEnvelope,
  type ReplyOf,
} from '@causeway/contracts';
import { ok, rejected, type Incoming } from '@causeway/messaging';
import type { Parts } from '../parts.ts';
import type { HeldSteps } from '../steps/held-steps.ts';
import { behind, paged, unknownAfter, type Views } from '../views.ts';
import { approvalViewOf } from './approval-view.ts';
import { toApprovalView } from './approvals.projection.ts';
import { findApproval, findApprovals } from './approvals.queries.ts';
import type { ApprovalCommand } from './domain/approval.ts';

type Meta = Incoming<typeof grantApproval>['meta'];
type Answer = ReplyEnvelope<ApprovalView>;

/** What can be asked about approvals. A decision is answered once it is sealed; the step goes on by itself. */
export function createApprovals({ handlers, edge, log }: Parts, { views, held }: { views: Views; held: HeldSteps }) {
  async function decide(approvalId: string, command: ApprovalCommand, meta: Meta): Promise<Answer> {
    if (meta.actor.kind === 'agent') {
      return rejected('APPROVAL_OWN_REQUEST', 'agents ask for approvals and never decide them; a person has to');
    }
    const handled = await handlers.approvals.handle(approvalId, command, { actor: meta.actor, causationId: meta.id });
    if (!handled.accepted) return { ok: false, rejection: handled.rejection };
    if (handled.state.kind === 'none') throw new Error('an approval that was just decided is not there');
    void held.settle(approvalId).catch((err: unknown) => {
      log.warn({ err, approvalId }, 'a held step was not moved; the clock will try again');
    });
    return ok(approvalViewOf(handled.state));
  }

  return {
    grant: ({ data: { approvalId, digest, reason }, meta }: Incoming<typeof grantApproval>) =>
      decide(approvalId, { type: 'grant', digest, reason, by: meta.actor.id, at: edge.now() }, meta),
    deny: ({ data: { approvalId, reason }, meta }: Incoming<typeof denyApproval>) =>
      decide(approvalId, { type: 'deny', reason, by: meta.actor.id, at: edge.now() }, meta),
    get: async ({ data }: Incoming<typeof getApproval>): Promise<Answer> => {
      const late = await behind(views, data.minPosition);
      if (late) return late;
      const approval = await findApproval(views.pool, data.approvalId);
      return approval
        ? ok(toApprovalView(approval))
        : rejected('APPROVAL_NOT_FOUND', `there is no approval ${data.approvalId}; list the pending ones`);
    },
    list: async ({ data }: Incoming<typeof listApprovals>): Promise<ReplyEnvelope<ReplyOf<typeof listApprovals>>> => {
      const { after } = data;
      if (after !== undefined && !(await findApproval(views.pool, after))) return unknownAfter('approval', after);
      const found = await findApprovals(views.pool, data);
      const { page, next } = paged(found, data.limit, (approval) => approval.approvalId);
      return ok({ approvals: page.map(toApprovalView), ...(next ? { next } : {}) });
    },
  };
}
export type Approvals = ReturnType<typeof createApprovals>;
