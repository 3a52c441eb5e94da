import type { Rejection, RunOrchestratorEvent } from '@causeway/contracts';
import { accept, refuse, type Decider, type Decision } from '@causeway/eventing';

export type Session =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'session';
      readonly state: 'open' | 'revoked';
      readonly sessionId: string;
      readonly agentId: string;
      readonly tokenSha256: string;
      readonly openedBy: string;
      readonly openedAt: string;
      readonly revokedAt?: string;
    };

export type SessionCommand =
  | {
      readonly type: 'open';
      readonly sessionId: string;
      readonly agentId: string;
      readonly tokenSha256: string;
      readonly by: string;
      readonly at: string;
    }
  | { readonly type: 'revoke'; readonly reason: string; readonly by: string; readonly at: string };

/** The rules of a session: opened once, revoked once, and that for good. */
export const sessionDecider: Decider<Session, SessionCommand, RunOrchestratorEvent, Rejection> = {
  initialState: () => ({ kind: 'none' }),
  decide,
  evolve,
};

function decide(command: SessionCommand, session: Session): Decision<RunOrchestratorEvent, Rejection> {
  if (command.type === 'open') return open(command, session);
  if (session.kind === 'none')
    return refuse({ code: 'SESSION_NOT_FOUND', detail: 'there is no such session; check the id' });
  if (session.state === 'revoked') return accept();
  const { by: revokedBy, reason, at } = command;
  return accept<RunOrchestratorEvent>({
    type: 'session.revoked',
    data: { sessionId: session.sessionId, revokedBy, reason, at },
  });
}

function open(
  command: Extract<SessionCommand, { type: 'open' }>,
  session: Session,
): Decision<RunOrchestratorEvent, Rejection> {
  const { sessionId, agentId, tokenSha256, by: openedBy, at } = command;
  if (session.kind === 'none')
    return accept<RunOrchestratorEvent>({
      type: 'session.opened',
      data: { sessionId, agentId, tokenSha256, openedBy, at },
    });
  if (session.agentId === agentId && session.tokenSha256 === tokenSha256) return accept();
  return refuse({
    code: 'SESSION_ALREADY_OPENED',
    detail: `${sessionId} is open already, with another token or agent; open another session`,
  });
}

function evolve(session: Session, event: RunOrchestratorEvent): Session {
  if (event.type === 'session.opened') {
    const { sessionId, agentId, tokenSha256, openedBy, at: openedAt } = event.data;
    return { kind: 'session', state: 'open', sessionId, agentId, tokenSha256, openedBy, openedAt };
  }
  if (event.type === 'session.revoked' && session.kind === 'session')
    return { ...session, state: 'revoked', revokedAt: event.data.at };
  return session;
}
