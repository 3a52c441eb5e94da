import {
  type getSession,
  type openSession,
  type ReplyEnvelope,
  type revokeSession,
  type SessionView,
} from '@causeway/contracts';
import { ok, rejected, type Incoming } from '@causeway/messaging';
import type { KillSwitch } from '../kills/kill-switch.ts';
import type { Parts } from '../parts.ts';
import type { EndRun } from '../runs/end-run.ts';
import { behind, type Views } from '../views.ts';
import type { Session, SessionCommand } from './domain/session.ts';
import { findSession } from './sessions.queries.ts';

type Answer = ReplyEnvelope<SessionView>;
type Meta = Incoming<typeof openSession>['meta'];

type Rooms = { readonly views: Views; readonly end: EndRun; readonly kills: KillSwitch };

/** Revokes a session and cancels its runs. Safe to ask any number of times. */
export function sessionRevoker({ handlers, edge }: Pick<Parts, 'handlers' | 'edge'>, end: EndRun) {
  return async (sessionId: string, { reason, meta }: { readonly reason: string; readonly meta: Asking }) => {
    const command = { type: 'revoke' as const, reason, by: meta.actor.id, at: edge.now() };
    const context = { actor: meta.actor, causationId: meta.id };
    const handled = await handlers.sessions.handle(sessionId, command, context);
    if (!handled.accepted || handled.state.kind === 'none') return handled;
    for (const runId of handled.state.runs) await end(runId, 'the session was revoked');
    return handled;
  };
}
export type RevokeSession = ReturnType<typeof sessionRevoker>;
/** Who asks. */
export type Asking = Pick<Meta, 'actor' | 'id'>;

/** What can be asked about sessions. */
export function createSessions(parts: Parts, { views, end, kills }: Rooms) {
  const { handlers, edge } = parts;
  const handle = (sessionId: string, command: SessionCommand, meta: Meta) =>
    handlers.sessions.handle(sessionId, command, { actor: meta.actor, causationId: meta.id });
  const revoke = sessionRevoker(parts, end);

  return {
    open: async ({ data, meta }: Incoming<typeof openSession>): Promise<Answer> => {
      const killed = await kills.refusal(data.agentId);
      if (killed) return { ok: false, rejection: killed };
      const command = { type: 'open' as const, ...data, by: meta.actor.id, at: edge.now() };
      const handled = await handle(data.sessionId, command, meta);
      return handled.accepted ? ok(viewOf(handled.state)) : { ok: false, rejection: handled.rejection };
    },
    revoke: async ({ data: { sessionId, reason }, meta }: Incoming<typeof revokeSession>): Promise<Answer> => {
      const handled = await revoke(sessionId, { reason, meta });
      return handled.accepted ? ok(viewOf(handled.state)) : { ok: false, rejection: handled.rejection };
    },
    get: async ({ data }: Incoming<typeof getSession>): Promise<Answer> => {
      const late = await behind(views, data.minPosition);
      if (late) return late;
      const session = await findSession(views.pool, data.sessionId);
      return session
        ? ok(session)
        : rejected('SESSION_NOT_FOUND', `there is no session ${data.sessionId}; check the id`);
    },
  };
}
export type Sessions = ReturnType<typeof createSessions>;

function viewOf(session: Session): SessionView {
  if (session.kind === 'none') throw new Error('a session that was just written is not there');
  const { sessionId, agentId, teamId, state, openedBy, openedAt, revokedAt } = session;
  const more = { ...(teamId ? { teamId } : {}), ...(revokedAt ? { revokedAt } : {}) };
  return { sessionId, agentId, state, openedBy, openedAt, ...more };
}
