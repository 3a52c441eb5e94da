import { z } from 'zod';
import { GrantId, PrincipalId, RunId, StepId } from '../ids.ts';
import {
  acknowledgeStep as acknowledge,
  listGrants as grants,
  listWaiting as waiting,
  revokeGrant as revoke,
} from '../run-orchestrator/approval-commands.ts';
import { GrantState, GrantView } from '../run-orchestrator/grant.ts';
import { StepFinding, StepView } from '../run-orchestrator/run-view.ts';
import { OPERATORS, READERS } from './roles.ts';
import { defineRoute, queryAfter, queryLimit, queryMinPosition, Reason } from './route.ts';

/** What waits for people, and what they allowed beyond one step. */
export const waitingRoutes = {
  listWaiting: defineRoute({
    operationId: 'listWaiting',
    tag: 'approvals',
    method: 'GET',
    path: '/v1/waiting',
    summary: 'List everything that waits for a person',
    description:
      'Pending approvals, runs that wait for an operator or for a larger budget, steps whose outcome nobody knows: the worst first, of ' +
      'equally bad ones the oldest, each with what can be done.',
    roles: READERS,
    query: z.strictObject({ limit: queryLimit(200, 50), minPosition: queryMinPosition }),
    responses: { 200: { description: 'The head of the queue, and how long it is', schema: waiting.reply } },
    problems: waiting.rejections,
  }),
  acknowledgeStep: defineRoute({
    operationId: 'acknowledgeStep',
    tag: 'steps',
    method: 'POST',
    path: '/v1/runs/{runId}/steps/{stepId}/acknowledge',
    summary: 'Say what became of a step whose outcome is unknown',
    description: 'The finding is sealed and the step no longer waits for a person. Its outcome stays unknown.',
    roles: OPERATORS,
    params: z.strictObject({ runId: RunId, stepId: StepId }),
    body: z.strictObject({ finding: StepFinding, note: Reason }),
    responses: { 200: { description: 'The step', schema: StepView } },
    problems: acknowledge.rejections,
  }),
  listGrants: defineRoute({
    operationId: 'listGrants',
    tag: 'approvals',
    method: 'GET',
    path: '/v1/grants',
    summary: 'List standing grants, newest first',
    roles: READERS,
    query: z.strictObject({
      state: GrantState.optional(),
      agentId: PrincipalId.optional(),
      limit: queryLimit(200, 50),
      after: queryAfter,
      minPosition: queryMinPosition,
    }),
    responses: { 200: { description: 'A page of standing grants', schema: grants.reply } },
    problems: grants.rejections,
  }),
  revokeGrant: defineRoute({
    operationId: 'revokeGrant',
    tag: 'approvals',
    method: 'POST',
    path: '/v1/grants/{grantId}/revoke',
    summary: 'Revoke a standing grant',
    roles: ['approver', ...OPERATORS],
    params: z.strictObject({ grantId: GrantId }),
    body: z.strictObject({ reason: Reason }),
    responses: { 200: { description: 'The grant', schema: GrantView } },
    problems: revoke.rejections,
  }),
} as const;
