import { z } from 'zod';
import { PrincipalId, SessionId } from '../ids.ts';
import { openSession as open, revokeSession as revoke } from '../run-orchestrator/commands.ts';
import { getSession as get } from '../run-orchestrator/queries.ts';
import { SessionView } from '../run-orchestrator/session-view.ts';
import { OPERATORS, READERS } from './roles.ts';
import { defineRoute, queryMinPosition, Reason } from './route.ts';
import { OpenedSession } from './views.ts';

const tag = 'sessions';
const params = z.strictObject({ sessionId: SessionId });

export const sessionRoutes = {
  openSession: defineRoute({
    operationId: 'openSession',
    tag,
    method: 'POST',
    path: '/v1/sessions',
    summary: 'Open a session for an agent',
    description:
      'The answer carries the session token, once: only its SHA-256 is kept. Keep the token or open another session.',
    roles: OPERATORS,
    body: z.strictObject({ agentId: PrincipalId, teamId: PrincipalId.optional() }),
    idempotencyKey:
      'The same key names the same session. A token cannot be shown twice, so the second request is answered with SESSION_ALREADY_OPENED.',
    responses: { 201: { description: 'The session is open', schema: OpenedSession } },
    problems: open.rejections,
  }),
  getSession: defineRoute({
    operationId: 'getSession',
    tag,
    method: 'GET',
    path: '/v1/sessions/{sessionId}',
    summary: 'Read a session',
    roles: ['agent', ...READERS],
    description: 'An agent reads its own session only.',
    params,
    query: z.strictObject({ minPosition: queryMinPosition }),
    responses: { 200: { description: 'The session', schema: SessionView } },
    problems: get.rejections,
  }),
  revokeSession: defineRoute({
    operationId: 'revokeSession',
    tag,
    method: 'POST',
    path: '/v1/sessions/{sessionId}/revoke',
    summary: 'Revoke a session',
    description: 'Its token stops working at once.',
    roles: OPERATORS,
    params,
    body: z.strictObject({ reason: Reason }),
    responses: { 200: { description: 'The session is revoked', schema: SessionView } },
    problems: revoke.rejections,
  }),
} as const;
