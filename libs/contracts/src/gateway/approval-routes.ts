import { z } from 'zod';
import { ApprovalId, Sha256Hex } from '../ids.ts';
import { JsonObject } from '../json.ts';
import { ApprovalState, ApprovalView } from '../run-orchestrator/approval.ts';
import { returnApproval as giveBack } from '../run-orchestrator/approval-commands.ts';
import { denyApproval as deny, grantApproval as grant } from '../run-orchestrator/commands.ts';
import { getApproval as get, listApprovals as list } from '../run-orchestrator/queries.ts';
import { StandingTerms } from '../run-orchestrator/grant.ts';
import { APPROVERS, READERS } from './roles.ts';
import { defineRoute, queryAfter, queryLimit, queryMinPosition, Reason } from './route.ts';

const tag = 'approvals';
const params = z.strictObject({ approvalId: ApprovalId });
const ofAnApproval = { description: 'The approval', schema: ApprovalView } as const;

export const approvalRoutes = {
  listApprovals: defineRoute({
    operationId: 'listApprovals',
    tag,
    method: 'GET',
    path: '/v1/approvals',
    summary: 'List approvals, oldest first or worst first',
    roles: READERS,
    query: z.strictObject({
      state: ApprovalState.optional(),
      order: z.enum(['age', 'severity']).default('age'),
      limit: queryLimit(200, 50),
      after: queryAfter,
    }),
    responses: { 200: { description: 'A page of approvals', schema: list.reply } },
    problems: list.rejections,
  }),
  getApproval: defineRoute({
    operationId: 'getApproval',
    tag,
    method: 'GET',
    path: '/v1/approvals/{approvalId}',
    summary: 'Read an approval',
    description: 'The content is exactly what will be executed; the digest is bound to it.',
    roles: READERS,
    params,
    query: z.strictObject({ minPosition: queryMinPosition }),
    responses: { 200: ofAnApproval },
    problems: get.rejections,
  }),
  grantApproval: defineRoute({
    operationId: 'grantApproval',
    tag,
    method: 'POST',
    path: '/v1/approvals/{approvalId}/grant',
    summary: 'Grant an approval',
    description:
      'Digest and statement are those of the content the approver has seen; with others nothing is granted. With `standing` the agent may ' +
      'take as many more steps like this one without asking, until then, as long as the named input fields stay what they are.',
    roles: APPROVERS,
    params,
    body: z.strictObject({
      digest: Sha256Hex,
      reason: Reason,
      statement: z.string().max(40_000).optional(),
      standing: StandingTerms.optional(),
    }),
    responses: { 200: ofAnApproval },
    problems: grant.rejections,
  }),
  denyApproval: defineRoute({
    operationId: 'denyApproval',
    tag,
    method: 'POST',
    path: '/v1/approvals/{approvalId}/deny',
    summary: 'Deny an approval',
    roles: APPROVERS,
    params,
    body: z.strictObject({ reason: Reason }),
    responses: { 200: ofAnApproval },
    problems: deny.rejections,
  }),
  returnApproval: defineRoute({
    operationId: 'returnApproval',
    tag,
    method: 'POST',
    path: '/v1/approvals/{approvalId}/return',
    summary: 'Return a request with feedback',
    description:
      'The step ends denied with the feedback; the agent may ask again, as a new step, with what was suggested.',
    roles: APPROVERS,
    params,
    body: z.strictObject({ feedback: z.string().min(1).max(4000), suggestedInput: JsonObject.optional() }),
    responses: { 200: ofAnApproval },
    problems: giveBack.rejections,
  }),
} as const;
