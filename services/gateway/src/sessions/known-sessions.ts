import { createHash } from 'node:crypto';
import type { RebuiltProjection } from '@causeway/contracts';
import type { LedgerPort, Recorded } from '@causeway/eventing';
import { joined } from '../log/joined.ts';
import {
  sessionEventsIn,
  SESSION_EVENTS,
  sessionIndex,
  type KnownSession,
  type SessionEvent,
  type SessionIndex,
} from './session-index.ts';

export type KnownSessions = {
  /** Reads every session of the log. Returns the position to follow it from. */
  readonly load: () => Promise<number>;
  /** Takes the events before `to`, which follow without a gap on what was taken before. */
  readonly apply: (events: readonly Recorded[], to: number) => void;
  /** Takes note of a session that was opened here, before the log tells of it. */
  readonly remember: (session: KnownSession) => void;
  /** Takes note that a session was revoked here, before the log tells of it. */
  readonly forget: (sessionId: string) => void;
  /** The open session of a token. */
  readonly openByToken: (tokenSha256: string) => KnownSession | undefined;
  readonly isOpen: (sessionId: string) => boolean;
  /** Reads the log again from position 0 while the index serves, compares the two and goes on with the new one. */
  readonly rebuild: () => Promise<RebuiltProjection>;
};

const PAGE = 1000;

/** The sessions of the log, in memory. What was learnt here before the log told of it is kept beside, so the index holds facts alone. */
export function knownSessions(ledger: LedgerPort): KnownSessions {
  let index = sessionIndex();
  let position = 0;
  let appliedMeanwhile: SessionEvent[] | undefined;
  const openedHere = new Map<string, KnownSession>();
  const revokedHere = new Set<string>();

  /** Applies the session events from 0 up to `until`, or to the end of the log. Returns where it stopped and how many there were. */
  async function read(into: SessionIndex, until = Infinity): Promise<{ position: number; events: number }> {
    let next = 0;
    let events = 0;
    for (;;) {
      const page = await ledger.readAll({ fromPosition: next, limit: PAGE, types: SESSION_EVENTS });
      const wanted = sessionEventsIn(page.events.filter((event) => event.position < until));
      for (const event of wanted) into.apply(event);
      events += wanted.length;
      next = page.scannedTo;
      if (next >= until || next >= page.nextPosition) return { position: Math.min(next, until), events };
    }
  }

  function take(event: SessionEvent): void {
    index.apply(event);
    appliedMeanwhile?.push(event);
    const { sessionId } = event.data;
    if (event.type === 'session.revoked') revokedHere.delete(sessionId);
    for (const [token, session] of openedHere) if (session.sessionId === sessionId) openedHere.delete(token);
  }

  const isOpen = (session: KnownSession | undefined): session is KnownSession =>
    session?.state === 'open' && !revokedHere.has(session.sessionId);

  return {
    load: async () => {
      const fresh = sessionIndex();
      position = (await read(fresh)).position;
      index = fresh;
      return position;
    },
    apply: (events, to) => {
      for (const event of sessionEventsIn(events)) take(event);
      position = to;
    },
    remember: (session) => {
      if (!index.byId(session.sessionId)) openedHere.set(session.tokenSha256, session);
    },
    forget: (sessionId) => {
      if (index.byId(sessionId)?.state !== 'revoked') revokedHere.add(sessionId);
    },
    openByToken: (tokenSha256) => {
      const session = index.byToken(tokenSha256) ?? openedHere.get(tokenSha256);
      return isOpen(session) ? session : undefined;
    },
    isOpen: (sessionId) => {
      const here = [...openedHere.values()].find((session) => session.sessionId === sessionId);
      return isOpen(index.byId(sessionId) ?? here);
    },
    rebuild: joined(async () => {
      const at = position;
      const digestBefore = digestOf(index);
      const meanwhile: SessionEvent[] = [];
      appliedMeanwhile = meanwhile;
      const fresh = sessionIndex();
      const { events } = await read(fresh, at).finally(() => (appliedMeanwhile = undefined));
      const digestAfter = digestOf(fresh);
      for (const event of meanwhile) fresh.apply(event);
      index = fresh;
      const equal = digestBefore === digestAfter;
      return { projection: 'gateway.sessions', events, position: at, digestBefore, digestAfter, equal };
    }),
  };
}

const digestOf = (index: SessionIndex): string =>
  createHash('sha256').update(JSON.stringify(index.all())).digest('hex');
