import { z } from 'zod';
import { ApprovalId, Sha256Hex } from '../ids.ts';
import { ApprovalState, ApprovalView } from '../run-orchestrator/approval.ts';
import { denyApproval as deny, grantApproval as grant } from '../run-orchestrator/commands.ts';
import { getApproval as get, listApprovals as list } from '../run-orchestrator/queries.ts';
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
    summary: 'List approvals, oldest first',
    roles: READERS,
    query: z.strictObject({ state: ApprovalState.optional(), limit: queryLimit(200, 50), after: queryAfter }),
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
    description: 'The digest is that of the content the approver has seen; another digest grants nothing.',
    roles: APPROVERS,
    params,
    body: z.strictObject({ digest: Sha256Hex, reason: Reason }),
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
} as const;
