import { randomBytes } from 'node:crypto';
import { getSession, openSession, revokeSession, type httpApi, type SessionView } from '@causeway/contracts';
import { answerOf, created, okay, type Answer } from '../http/answer.ts';
import type { Ask } from '../http/ask.ts';
import type { Call } from '../http/call.ts';
import { idOfKey, newId, sessionToken, sha256Hex } from '../http/ids.ts';
import type { KnownSessions } from './known-sessions.ts';

/** What the routes of sessions do. */
export function sessionOperations(ask: Ask, sessions: Pick<KnownSessions, 'remember' | 'forget'>) {
  return {
    open: async (call: Call<typeof httpApi.openSession>): Promise<Answer> => {
      const { idempotencyKey: key, principal } = call;
      const sessionId = key ? idOfKey('session', principal, key) : newId('session', Date.now(), randomBytes(10));
      const token = sessionToken(randomBytes(32));
      const tokenSha256 = sha256Hex(token);
      const { agentId } = call.body;
      const reply = await ask(openSession, { sessionId, ...call.body, tokenSha256 }, call, {
        correlationId: sessionId,
      });
      return answerOf(reply, (session) => {
        sessions.remember({ sessionId, agentId, tokenSha256, state: 'open' });
        return created({ session, token });
      });
    },

    read: async (call: Call<typeof httpApi.getSession>): Promise<Answer> => {
      const { sessionId } = call.params;
      const { principal } = call;
      if (principal.role === 'agent' && principal.sessionId !== sessionId) return { rejection: notFound(sessionId) };
      const reply = await ask(getSession, { sessionId, ...call.query }, call, { correlationId: sessionId });
      return answerOf(reply, (session) => okay(session));
    },

    revoke: async (call: Call<typeof httpApi.revokeSession>): Promise<Answer> => {
      const { sessionId } = call.params;
      const reply = await ask(revokeSession, { sessionId, reason: call.body.reason }, call, {
        correlationId: sessionId,
      });
      return answerOf(reply, (session: SessionView) => {
        sessions.forget(sessionId);
        return okay(session);
      });
    },
  };
}
export type SessionOperations = ReturnType<typeof sessionOperations>;

const notFound = (sessionId: string) => ({
  code: 'SESSION_NOT_FOUND' as const,
  detail: `there is no session ${sessionId} that this credential may read; an agent reads its own`,
});
