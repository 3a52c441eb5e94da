import {
  type ApprovalView,
  type DataOf,
  type denyApproval,
  type getApproval,
  type grantApproval,
  type listApprovals,
  type ReplyEnvelope,
  type ReplyOf,
  type returnApproval,
} from '@causeway/contracts';
import { ok, rejected, type Incoming } from '@causeway/messaging';
import { grantIdOf, later } from '../edge.ts';
import type { PreparedStanding } from '../grants/domain/issue-grant.ts';
import { matchDigestOf } from '../grants/use-grant.ts';
import type { Parts } from '../parts.ts';
import type { HeldSteps } from '../steps/held-steps.ts';
import { behind, paged, unknownAfter, type Views } from '../views.ts';
import { approvalViewOf } from './approval-view.ts';
import { toApprovalView } from './approvals.projection.ts';
import { findApproval, findApprovals } from './approvals.queries.ts';
import type { ApprovalCommand } from './domain/approval.decide.ts';

type Meta = Incoming<typeof grantApproval>['meta'];
type Answer = ReplyEnvelope<ApprovalView>;

/** What can be asked about approvals. A decision is answered once it is sealed; the step goes on by itself. */
export function createApprovals(
  { handlers, edge, log, capabilities }: Parts,
  { views, held }: { views: Views; held: HeldSteps },
) {
  async function decide(approvalId: string, command: ApprovalCommand, meta: Meta): Promise<Answer> {
    if (meta.actor.kind !== 'operator') {
      return rejected('APPROVAL_OWN_REQUEST', 'programs ask for approvals and never decide them; a person has to');
    }
    const handled = await handlers.approvals.handle(approvalId, command, { actor: meta.actor, causationId: meta.id });
    if (!handled.accepted) return { ok: false, rejection: handled.rejection };
    if (handled.state.kind === 'none') throw new Error('an approval that was just decided is not there');
    void held.settle(approvalId).catch((err: unknown) => {
      log.warn({ err, approvalId }, 'a held step was not moved; the clock will try again');
    });
    return ok(approvalViewOf(handled.state));
  }

  /** The standing grant's terms, with the digest of what has to stay equal: the content of an approval never changes. */
  async function prepared({
    approvalId,
    standing,
  }: DataOf<typeof grantApproval>): Promise<PreparedStanding | undefined> {
    if (!standing) return undefined;
    const approval = await handlers.approvals.load(approvalId);
    const input = approval.kind === 'none' ? {} : approval.content.input;
    const matchDigest = matchDigestOf(input, standing.match) ?? '';
    return { ...standing, until: later(standing.until, 0), grantId: grantIdOf(approvalId), matchDigest };
  }

  /** Why a suggestion is of no use to the agent: the capability would not take it. */
  async function suggestionRefusal({ approvalId, suggestedInput }: DataOf<typeof returnApproval>) {
    const approval = await handlers.approvals.load(approvalId);
    if (!suggestedInput || approval.kind === 'none') return undefined;
    const { capability } = approval.content;
    const checked = (await capabilities.find(capability))?.checkInput(suggestedInput);
    if (!checked || checked.ok) return undefined;
    const errors = checked.errors.map(({ path, message }) => ({ path: `suggestedInput.${path}`, message }));
    const detail = `the suggested input does not fit ${capability}: see errors`;
    return rejected('CAPABILITY_INPUT_INVALID', detail, { errors });
  }

  return {
    grant: async ({ data, meta }: Incoming<typeof grantApproval>): Promise<Answer> => {
      const { approvalId, digest, reason, statement } = data;
      const said = { digest, reason, statement, standing: await prepared(data) };
      return decide(approvalId, { type: 'grant', ...said, by: meta.actor.id, at: edge.now() }, meta);
    },
    deny: ({ data: { approvalId, reason }, meta }: Incoming<typeof denyApproval>) =>
      decide(approvalId, { type: 'deny', reason, by: meta.actor.id, at: edge.now() }, meta),
    giveBack: async ({ data, meta }: Incoming<typeof returnApproval>): Promise<Answer> => {
      const { approvalId, feedback, suggestedInput } = data;
      const unfit = await suggestionRefusal(data);
      if (unfit) return unfit;
      const said = { feedback, suggestedInput };
      return decide(approvalId, { type: 'return', ...said, by: meta.actor.id, at: edge.now() }, meta);
    },
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
      const { page, next } = paged(found, data.limit, ({ content }) => content.approvalId);
      return ok({ approvals: page.map(toApprovalView), ...(next ? { next } : {}) });
    },
  };
}
export type Approvals = ReturnType<typeof createApprovals>;
