import { DependencyError } from '@causeway/messaging';
import { sha256Hex } from '../http/ids.ts';
import { agentPrincipal, type Principal } from '../identity/principal.ts';
import type { LogTail } from '../log/log-tail.ts';
import type { KnownSessions } from './known-sessions.ts';

export type AgentIdentityOptions = {
  readonly sessions: KnownSessions;
  readonly tail: Pick<LogTail, 'reached'>;
  /** Whether the sessions of the log have been read. */
  readonly isLoaded: () => boolean;
  /** Position that the next event of the log will get; throws when the ledger cannot be asked. */
  readonly headOfLog: () => Promise<number>;
};

/** How long a token that nobody knows may wait for the log to be caught up with, in ms. */
const PATIENCE_MS = 1_000;

/**
 * Whose token it is. A token that is not known may be that of a session opened a moment ago by another gateway: it waits until everything
 * that was in the log is seen, at most {@link PATIENCE_MS}. Throws DependencyError while that cannot be told.
 */
export function agentIdentity({ sessions, tail, isLoaded, headOfLog }: AgentIdentityOptions) {
  const find = (token: string): Principal | undefined => {
    const session = sessions.openByToken(sha256Hex(token));
    return session && agentPrincipal(session);
  };
  return async (token: string): Promise<Principal | undefined> => {
    if (!isLoaded()) {
      throw new DependencyError(
        'SERVICE_UNAVAILABLE',
        'the gateway is still reading the sessions; send the request again',
      );
    }
    const known = find(token);
    if (known) return known;
    if (!(await tail.reached(await headOfLog(), PATIENCE_MS))) {
      throw new DependencyError(
        'PROJECTION_BEHIND',
        'the gateway has not seen the newest sessions yet; send the request again',
      );
    }
    return find(token);
  };
}
