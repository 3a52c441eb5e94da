import {
  type getSession,
  type openSession,
  type ReplyEnvelope,
  type revokeSession,
  type SessionView,
} from '@causeway/contracts';
import { ok, rejected, type Incoming } from '@causeway/messaging';
import type { Parts } from '../parts.ts';
import type { EndRun } from '../runs/end-run.ts';
import { findOpenRunsOf } from '../runs/runs.queries.ts';
import { behind, type Views } from '../views.ts';
import type { Session, SessionCommand } from './domain/session.ts';
import { findSession } from './sessions.queries.ts';

type Answer = ReplyEnvelope<SessionView>;
type Meta = Incoming<typeof openSession>['meta'];

/** How long a revocation waits for the views to know every run that started before it; the clock ends what is missed. */
const SEEN_WITHIN_MS = 2_000;

/** What can be asked about sessions. */
export function createSessions({ handlers, edge }: Parts, { views, end }: { views: Views; end: EndRun }) {
  const handle = (sessionId: string, command: SessionCommand, meta: Meta) =>
    handlers.sessions.handle(sessionId, command, { actor: meta.actor, causationId: meta.id });

  return {
    open: async ({ data, meta }: Incoming<typeof openSession>): Promise<Answer> => {
      const command = { type: 'open' as const, ...data, by: meta.actor.id, at: edge.now() };
      const handled = await handle(data.sessionId, command, meta);
      return handled.accepted ? ok(viewOf(handled.state)) : { ok: false, rejection: handled.rejection };
    },
    revoke: async ({ data: { sessionId, reason }, meta }: Incoming<typeof revokeSession>): Promise<Answer> => {
      const command = { type: 'revoke' as const, reason, by: meta.actor.id, at: edge.now() };
      const handled = await handle(sessionId, command, meta);
      if (!handled.accepted) return { ok: false, rejection: handled.rejection };
      if (handled.position !== undefined) await views.runner.waitFor(handled.position, SEEN_WITHIN_MS);
      for (const runId of await findOpenRunsOf(views.pool, sessionId)) await end(runId, 'the session was revoked');
      return ok(viewOf(handled.state));
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
  const { sessionId, agentId, state, openedBy, openedAt, revokedAt } = session;
  return { sessionId, agentId, state, openedBy, openedAt, ...(revokedAt ? { revokedAt } : {}) };
}
