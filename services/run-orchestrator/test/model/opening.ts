import { randomUUID } from 'node:crypto';
import type { AppendRequest } from '@causeway/eventing';
import { announcedAtFirst } from './capabilities.ts';
import { agentOfSession, OPENED_AT_FIRST, OPERATOR, SESSIONS, TEAM, TOKEN_SHA256 } from './scene.ts';

/** The sessions that are open and the capabilities that are there before anybody does anything. */
export function opening(at: string): AppendRequest {
  const opened = SESSIONS.slice(0, OPENED_AT_FIRST).map((sessionId, index) => {
    const of = { sessionId, agentId: agentOfSession(index), teamId: TEAM, tokenSha256: TOKEN_SHA256 };
    return { stream: sessionId, event: { type: 'session.opened', data: { ...of, openedBy: OPERATOR, at } } };
  });
  const writes = [...opened, ...announcedAtFirst(at)].map(({ stream, event }) => ({
    ...{ stream, expected: 'none' as const, events: [{ id: randomUUID(), ...event }] },
  }));
  return { appendId: randomUUID(), writes };
}
