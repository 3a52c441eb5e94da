import type { EventOf, runOrchestratorEvents } from '@causeway/contracts';

type OrchestratorEvent = EventOf<typeof runOrchestratorEvents>;
export type SessionEvent = Extract<OrchestratorEvent, { type: `session.${string}` }>;
export const SESSION_EVENTS = ['session.opened', 'session.revoked'] as const satisfies readonly SessionEvent['type'][];

/** The session events among these. */
export const sessionEventsIn = <E extends { readonly type: string }>(events: readonly E[]): (E & SessionEvent)[] =>
  events.filter((event): event is E & SessionEvent => (SESSION_EVENTS as readonly string[]).includes(event.type));

/** What the gateway knows of a session: enough to tell whose a token is. */
export type KnownSession = {
  readonly sessionId: string;
  readonly agentId: string;
  readonly tokenSha256: string;
  readonly state: 'open' | 'revoked';
};

export type SessionIndex = {
  readonly apply: (event: SessionEvent) => void;
  readonly byToken: (tokenSha256: string) => KnownSession | undefined;
  readonly byId: (sessionId: string) => KnownSession | undefined;
  /** Every session, in the order of its id. */
  readonly all: () => readonly KnownSession[];
};

/** The sessions that events tell of. A revoked session stays revoked, and nothing is forgotten. */
export function sessionIndex(): SessionIndex {
  const sessions = new Map<string, KnownSession>();
  const idOfToken = new Map<string, string>();

  function apply(event: SessionEvent): void {
    const { sessionId } = event.data;
    const known = sessions.get(sessionId);
    if (event.type === 'session.opened' && !known) {
      const { agentId, tokenSha256 } = event.data;
      sessions.set(sessionId, { sessionId, agentId, tokenSha256, state: 'open' });
      idOfToken.set(tokenSha256, sessionId);
    }
    if (event.type === 'session.revoked' && known) sessions.set(sessionId, { ...known, state: 'revoked' });
  }

  const byId = (sessionId: string) => sessions.get(sessionId);
  return {
    apply,
    byId,
    byToken: (tokenSha256) => byId(idOfToken.get(tokenSha256) ?? ''),
    all: () => [...sessions.values()].sort((a, b) => (a.sessionId < b.sessionId ? -1 : 1)),
  };
}
