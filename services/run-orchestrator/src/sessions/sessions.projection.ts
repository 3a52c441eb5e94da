import type { RunOrchestratorEvent, SessionView } from '@causeway/contracts';
import type { DocumentProjection } from '@causeway/postgres';

/** Sessions, without their tokens. */
export const sessionsProjection: DocumentProjection<SessionView> = {
  table: 'session_view',
  keysOf: ({ type, stream }) => (type.startsWith('session.') ? [stream] : []),
  begins: ({ type }) => type === 'session.opened',
  evolve: (session, recorded) => {
    const event = recorded as unknown as RunOrchestratorEvent;
    if (event.type === 'session.opened') {
      const { tokenSha256: _, at: openedAt, ...facts } = event.data;
      return { ...facts, state: 'open', openedAt };
    }
    return event.type === 'session.revoked' && session
      ? { ...session, state: 'revoked', revokedAt: event.data.at }
      : undefined;
  },
};
