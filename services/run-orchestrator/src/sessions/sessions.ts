import { type getSession, type openSession, type ReplyEnvelope, type revokeSession, type SessionView } from '@causeway/contracts';
import { ok, rejected, type Incoming } from '@causeway/messaging';
import type { Parts } from '../parts.ts';
import { findRuns } from '../runs/runs.queries.ts';
import { behind, type Views } from '../views.ts';
import type { Session } from './domain/session.ts';
import { findSession } from './sessions.queries.ts';

/** What can be asked about sessions. */
export function createSessions({ handlers, edge, executor }: Parts, views: Views) {
  async function endRunsOf(sessionId: string): Promise<void> {
    const runs = await findRuns(views.pool, { sessionId, limit: 1_000 });
    const command = { type: 'cancel' as const, reason: 'the session was revoked', mover: 'system' as const, by: executor, at: edge.now() };
    for (const { runId, state } of runs) {
      if (state === 'active' || state === 'paused') await handlers.runs.handle(runId, command, { actor: { kind: 'system', id: executor } });
    }
  }

  return {
    open: async ({ data, meta }: Incoming<typeof openSession>): Promise<ReplyEnvelope<SessionView>> => {
      const { sessionId, agentId, tokenSha256 } = data;
      const command = { type: 'open' as const, sessionId, agentId, tokenSha256, by: meta.actor.id, at: edge.now() };
      const handled = await handlers.sessions.handle(sessionId, command, { actor: meta.actor, causationId: meta.id });
      return handled.accepted ? ok(viewOf(handled.state)) : { ok: false, rejection: handled.rejection };
    },
    revoke: async ({ data, meta }: Incoming<typeof revokeSession>): Promise<ReplyEnvelope<SessionView>> => {
      const command = { type: 'revoke' as const, reason: data.reason, by: meta.actor.id, at: edge.now() };
      const handled = await handlers.sessions.handle(data.sessionId, command, { actor: meta.actor, causationId: meta.id });
      if (!handled.accepted) return { ok: false, rejection: handled.rejection };
      await endRunsOf(data.sessionId);
      return ok(viewOf(handled.state));
    },
    get: async ({ data }: Incoming<typeof getSession>): Promise<ReplyEnvelope<SessionView>> => {
      const late = await behind(views, data.minPosition);
      if (late) return late;
      const session = await findSession(views.pool, data.sessionId);
      return session ? ok(session) : rejected('SESSION_NOT_FOUND', `there is no session ${data.sessionId}`);
    },
  };
}
export type Sessions = ReturnType<typeof createSessions>;

function viewOf(session: Session): SessionView {
  if (session.kind === 'none') throw new Error('a session that was just written is not there');
  const { sessionId, agentId, state, openedBy, openedAt, revokedAt } = session;
  return { sessionId, agentId, state, openedBy, openedAt, ...(revokedAt ? { revokedAt } : {}) };
}
