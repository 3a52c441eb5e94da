import type { Rejection, RunOrchestratorEvent } from '@causeway/contracts';
import { accept, refuse, type Decider, type Decision } from '@causeway/eventing';

export type Session =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'session';
      readonly state: 'open' | 'revoked';
      readonly sessionId: string;
      readonly agentId: string;
      readonly teamId?: string | undefined;
      readonly tokenSha256: string;
      readonly openedBy: string;
      readonly openedAt: string;
      readonly revokedAt?: string;
      /** Its runs that are not over. */
      readonly runs: readonly string[];
      /** Events seen: the version of the stream. */
      readonly version: number;
    };

export type SessionCommand =
  | {
      readonly type: 'open';
      readonly sessionId: string;
      readonly agentId: string;
      readonly teamId?: string | undefined;
      readonly tokenSha256: string;
      readonly by: string;
      readonly at: string;
    }
  | { readonly type: 'revoke'; readonly reason: string; readonly by: string; readonly at: string }
  | {
      readonly type: 'occupy';
      readonly runId: string;
      /** How many runs a session may have that are not over: policy says. */
      readonly activeRuns: 'one' | 'many';
      /** The events with which the run starts: sealed with the session's own, or not at all. */
      readonly started: readonly RunOrchestratorEvent[];
      readonly at: string;
    };

/**
 * The rules of a session: opened once, revoked once, and that for good. A run starts in it in one append with the session's own event, at the
 * version at which the session was open and free: no run starts in a session that was revoked, and none beside another where there may be one.
 */
export const sessionDecider: Decider<Session, SessionCommand, RunOrchestratorEvent, Rejection> = {
  initialState: () => ({ kind: 'none' }),
  decide,
  evolve,
};

function decide(command: SessionCommand, session: Session): Decision<RunOrchestratorEvent, Rejection> {
  if (command.type === 'open') return open(command, session);
  if (session.kind === 'none')
    return refuse({ code: 'SESSION_NOT_FOUND', detail: 'there is no such session; check the id' });
  if (command.type === 'occupy') return occupy(command, session);
  if (session.state === 'revoked') return accept();
  const { by: revokedBy, reason, at } = command;
  return accept<RunOrchestratorEvent>({
    type: 'session.revoked',
    data: { sessionId: session.sessionId, revokedBy, reason, at },
  });
}

type Opened = Extract<Session, { kind: 'session' }>;

function occupy(
  { runId, activeRuns, started, at }: Extract<SessionCommand, { type: 'occupy' }>,
  { sessionId, state, runs }: Opened,
): Decision<RunOrchestratorEvent, Rejection> {
  if (runs.includes(runId)) return accept();
  if (state === 'revoked') {
    const detail = `${sessionId} was revoked; open another session and start the run there`;
    return refuse({ code: 'SESSION_REVOKED', detail });
  }
  const [running] = runs;
  if (activeRuns === 'one' && running !== undefined) {
    const detail = `${running} of ${sessionId} is not over, and policy allows one run at a time; end it, or open another session`;
    return refuse({ code: 'SESSION_BUSY', detail, facts: { runId: running } });
  }
  const occupied: RunOrchestratorEvent = { type: 'session.occupied', data: { sessionId, runId, at } };
  return { accepted: true, events: [occupied], also: [{ stream: runId, expected: 'none', events: started }] };
}

function open(
  command: Extract<SessionCommand, { type: 'open' }>,
  session: Session,
): Decision<RunOrchestratorEvent, Rejection> {
  const { sessionId, agentId, teamId, tokenSha256, by: openedBy, at } = command;
  if (session.kind === 'none')
    return accept<RunOrchestratorEvent>({
      type: 'session.opened',
      data: { sessionId, agentId, ...(teamId ? { teamId } : {}), tokenSha256, openedBy, at },
    });
  const isSame = session.agentId === agentId && session.teamId === teamId && session.tokenSha256 === tokenSha256;
  if (isSame) return accept();
  return refuse({
    code: 'SESSION_ALREADY_OPENED',
    detail: `${sessionId} is open already, with another token or agent; open another session`,
  });
}

function evolve(session: Session, event: RunOrchestratorEvent): Session {
  if (event.type === 'session.opened') {
    const { at: openedAt, ...facts } = event.data;
    return { kind: 'session', state: 'open', ...facts, openedAt, runs: [], version: 1 };
  }
  return session.kind === 'none' ? session : { ...changed(session, event), version: session.version + 1 };
}

function changed(session: Opened, event: RunOrchestratorEvent): Opened {
  switch (event.type) {
    case 'session.revoked':
      return { ...session, state: 'revoked', revokedAt: event.data.at };
    case 'session.occupied':
      return { ...session, runs: [...session.runs, event.data.runId] };
    case 'session.released':
      return { ...session, runs: session.runs.filter((runId) => runId !== event.data.runId) };
    default:
      return session;
  }
}
