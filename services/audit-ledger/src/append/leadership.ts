import type { Log } from '@causeway/messaging';
import type { Pool, PoolClient } from '@causeway/postgres';
import type { HeadOfLog } from './seal.ts';

/** The right to write, until it is lost: a connection of its own that holds the lock, and the epoch that every write must name. */
export type Term = { readonly client: PoolClient; readonly epoch: string; readonly head: HeadOfLog };
export type Standing = 'leads' | 'follows' | 'cut off';

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
};

/**
 * Elects the one writer of a log. The advisory lock only keeps replicas from disturbing each other; what makes two writers impossible is the
 * epoch: beginning a term raises it, which waits for any write in flight and makes every later write of an older term change nothing.
 */
export function leadership(options: LeadershipOptions): Leadership {
  const { pool, origin, instance, log, onGained, onWithout, pollMs = 500 } = options;
  let standing: Standing = 'cut off';
  let client: PoolClient | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let attempt = Promise.resolve();

  async function begin(candidate: PoolClient): Promise<Term | undefined> {
    const { rows } = await candidate.query<{ locked: boolean }>(
      `select pg_try_advisory_lock(hashtext('causeway.audit-ledger'), hashtext($1)) as locked`,
      [origin],
    );
    if (!rows[0]?.locked) return undefined;
    const head = await candidate.query<{ epoch: string; next_position: string; chain: Buffer }>(
      `update ledger_head set epoch = epoch + 1, leader = $2 where log = $1 returning epoch, next_position, chain`,
      [origin, instance],
    );
    const row = head.rows[0];
    if (!row) throw new Error(`the database holds no log named ${origin}`);
    return {
      client: candidate,
      epoch: row.epoch,
      head: { nextPosition: Number(row.next_position), chain: row.chain },
    };
  }

  async function tryOnce(): Promise<void> {
    let candidate: PoolClient | undefined;
    try {
      candidate = client ?? (await pool.connect());
      if (candidate !== client) watch(candidate);
      client = candidate;
      const term = await begin(candidate);
      if (client !== candidate) return;
      standing = term ? 'leads' : 'follows';
      if (term) {
        log.info({ epoch: term.epoch, nextPosition: term.head.nextPosition }, 'this replica writes the log');
        onGained(term);
      }
    } catch (error) {
      if (standing !== 'cut off') log.warn({ err: error }, 'the database cannot be reached');
      standing = 'cut off';
      drop();
    }
  }

  function watch(candidate: PoolClient): void {
    candidate.on('error', (error) => {
      if (candidate === client) lose(error);
    });
  }

  /** The connection is closed, never handed back: the lock lives and dies with it. */
  function drop(): void {
    client?.release(true);
    client = undefined;
  }

  function again(delayMs: number): void {
    clearTimeout(timer);
    if (stopped) return;
    timer = setTimeout(() => {
      attempt = tryAndGoOn();
    }, delayMs);
  }

  async function tryAndGoOn(): Promise<void> {
    await tryOnce();
    if (standing === 'leads' || stopped) return;
    onWithout(standing);
    again(pollMs);
  }

  function lose(reason: unknown): void {
    if (standing === 'leads') log.warn({ err: reason }, 'this replica stopped writing the log');
    const led = standing === 'leads';
    standing = 'cut off';
    drop();
    if (!led || stopped) return;
    onWithout(standing);
    again(0);
  }

  return {
    start: () => {
      attempt = tryAndGoOn();
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
