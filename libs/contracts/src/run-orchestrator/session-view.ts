import { z } from 'zod';
import { PrincipalId, SessionId } from '../ids.ts';

export const SESSION_STATES = ['open', 'revoked'] as const;
export const SessionView = z.strictObject({
  sessionId: SessionId,
  agentId: PrincipalId,
  teamId: PrincipalId.optional(),
  state: z.enum(SESSION_STATES),
  openedBy: PrincipalId,
  openedAt: z.string(),
  revokedAt: z.string().optional(),
});
export type SessionView = z.infer<typeof SessionView>;
