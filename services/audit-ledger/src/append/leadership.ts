import type { Log } from '@causeway/messaging';
import type { Pool, PoolClient } from '@causeway/postgres';
import { openLeaderSession, type LeaderSession } from './leader-session.ts';
import type { HeadOfLog } from './seal.ts';

/** The right to write, until it is lost: a connection of its own that holds the lock, and the epoch that every write must name. */
export type Term = { readonly client: PoolClient; readonly epoch: string; readonly head: HeadOfLog };
export type Standing = 'leads' | 'follows' | 'cut off';

/** Name of the duty that is on while this replica leads. */
export const LEADING = 'leading';

export type Leadership = {
  /** Tries to lead; resolves after the first attempt, and goes on trying. */
  readonly start: () => Promise<void>;
  /** Whether this replica writes, another one does, or the database cannot be reached. */
  readonly standing: () => Standing;
  /** Gives the term up, because its connection or its epoch is gone; then tries to begin a new one. */
  readonly lose: (reason: unknown) => void;
  readonly stop: () => Promise<void>;
};

export type LeadershipOptions = {
  /** A pool of its own, of one connection. */
  readonly pool: Pool;
  readonly origin: string;
  /** Name of this process, for people who look at the head. */
  readonly instance: string;
  readonly log: Log;
  readonly onGained: (term: Term) => void;
  /** Called when a term ended, and again after each attempt that did not begin a new one. */
  readonly onWithout: (standing: Standing) => void;
  /** How often to try, in ms; default 500. */
  readonly pollMs?: number;
  /** How often the leader shows that it lives, in ms; default 1,000. */
  readonly beatMs?: number;
};

const LOCK = `select pg_try_advisory_lock(hashtext('causeway.audit-ledger'), hashtext($1)) as locked`;
const BEGIN = `update ledger_head set epoch = epoch + 1, leader = $2 where log = $1 returning epoch, next_position, chain`;

/**
 * Elects the one writer of a log. The advisory lock only keeps replicas from disturbing each other; what makes two writers impossible is the
 * epoch: beginning a term raises it, which waits for any write in flight and makes every later write of an older term change nothing.
 */
export function leadership(options: LeadershipOptions): Leadership {
  const { pool, origin, instance, log, onGained, onWithout, pollMs = 500, beatMs = 1_000 } = options;
  let standing: Standing = 'cut off';
  let isToldOf = false;
  let session: LeaderSession | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let attempt = Promise.resolve();

  async function begin({ client, ask }: LeaderSession): Promise<Term | undefined> {
    const [lock] = await ask<{ locked: boolean }>(LOCK, [origin]);
    if (!lock?.locked) return undefined;
    const [row] = await ask<{ epoch: string; next_position: string; chain: Buffer }>(BEGIN, [origin, instance]);
    if (!row) throw new Error(`the database holds no log named ${origin}`);
    return { client, epoch: row.epoch, head: { nextPosition: Number(row.next_position), chain: row.chain } };
  }

  const open = (): Promise<LeaderSession> =>
    openLeaderSession(pool, (lost, reason) => {
      if (session === lost) lose(reason);
    });

  async function tryOnce(): Promise<void> {
    try {
      const candidate = (session ??= await open());
      const term = await begin(candidate);
      if (session !== candidate) return;
      standing = term ? 'leads' : 'follows';
      isToldOf = false;
      if (term) lead(term);
    } catch (error) {
      if (!isToldOf) log.warn({ err: error }, 'the database cannot be reached; trying again');
      isToldOf = true;
      standing = 'cut off';
      drop();
    }
  }

  function lead(term: Term): void {
    log.info({ epoch: term.epoch, nextPosition: term.head.nextPosition }, 'this replica writes the log');
    onGained(term);
  }

  /** A sign of life; a session that is at work shows it by that. */
  function beat(): void {
    const mine = session;
    if (mine?.isIdle()) {
      mine.ask('select 1').catch((error: unknown) => {
        if (session === mine) lose(error);
      });
    }
    again(beatMs, beat);
  }

  function drop(): void {
    session?.end();
    session = undefined;
  }

  function again(delayMs: number, act: () => void): void {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(act, delayMs);
  }

  function tryAgain(): void {
    attempt = tryAndGoOn();
  }

  async function tryAndGoOn(): Promise<void> {
    await tryOnce();
    if (stopped) return;
    if (standing === 'leads') return again(beatMs, beat);
    onWithout(standing);
    again(pollMs, tryAgain);
  }

  function lose(reason: unknown): void {
    if (standing === 'leads') log.warn({ err: reason }, 'this replica stopped writing the log');
    const led = standing === 'leads';
    standing = 'cut off';
    drop();
    if (!led || stopped) return;
    onWithout(standing);
    again(0, tryAgain);
  }

  return {
    start: () => {
      tryAgain();
      return attempt;
    },
    standing: () => standing,
    lose,
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await attempt;
      drop();
    },
  };
}
