import { getHead, type Head } from '@causeway/contracts';
import { DependencyError, ledgerClient, type Bus, type Log } from '@causeway/messaging';
import { knownSessions, type KnownSessions } from '../sessions/known-sessions.ts';
import { SESSION_EVENTS } from '../sessions/session-index.ts';
import { joined } from './joined.ts';
import { logTail, type LogTail } from './log-tail.ts';

/** The log as the gateway holds it: the sessions that it tells of, its newest events, and its name. */
export type LiveLog = {
  readonly sessions: KnownSessions;
  readonly tail: LogTail;
  readonly isLoaded: () => boolean;
  /** Position that the next event will get. Throws DependencyError LEDGER_UNAVAILABLE. */
  readonly head: () => Promise<number>;
  /** Name of the log. Throws DependencyError LEDGER_UNAVAILABLE until the ledger told it. */
  readonly origin: () => string;
  /** Reads the sessions, however long it takes until the ledger answers, and then follows. */
  readonly start: () => void;
  readonly stop: () => Promise<void>;
};

const HEAD_TIMEOUT_MS = 1_000;
const RETRY_MS = 250;

export function liveLog(bus: Bus, log: Log): LiveLog {
  const ledger = ledgerClient({ bus, writer: 'gateway' });
  const sessions = knownSessions(ledger);
  const tail = logTail({ bus, ledger, log, types: SESSION_EVENTS, onEvents: sessions.apply });
  let known: Head | undefined;
  let loaded = false;
  let stopped = false;

  const head = joined(async () => {
    const meta = { id: 'get-head', actor: { kind: 'system', id: 'gateway' } } as const;
    const reply = await bus.request(getHead, {}, meta, { timeoutMs: HEAD_TIMEOUT_MS });
    if (!reply.ok)
      throw new DependencyError('LEDGER_UNAVAILABLE', `the ledger did not answer: ${reply.rejection.detail}`);
    known = reply.value;
    return known.nextPosition;
  });

  async function load(): Promise<void> {
    while (!stopped && !loaded) {
      try {
        await head();
        tail.follow(await sessions.load());
        loaded = true;
      } catch (error) {
        log.warn({ err: error }, 'the sessions could not be read; trying again');
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  return {
    sessions,
    tail,
    isLoaded: () => loaded,
    head,
    origin: () => {
      if (known) return known.origin;
      throw new DependencyError('LEDGER_UNAVAILABLE', 'the ledger has not answered yet; send the request again');
    },
    start: () => void load(),
    stop: async () => {
      stopped = true;
      await tail.stop();
    },
  };
}
