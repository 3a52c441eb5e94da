import { recent, type LedgerPort, type Recorded } from '@causeway/eventing';
import type { ClientBase, Pool } from 'pg';
import { digestOf, type AnyProjection } from './document-projection.ts';
import { isErasure, projectEvents } from './erased-documents.ts';
import { inTransaction } from './pool.ts';

export type RebuiltView = {
  readonly projection: string;
  readonly events: number;
  readonly position: number;
  readonly digestBefore: string;
  readonly digestAfter: string;
  readonly equal: boolean;
};

export type ProjectionRunner = {
  /** Next position the views have not seen. */
  readonly position: () => Promise<number>;
  /** Applies all events of a range of positions; effect and cursor share one transaction. Returns the position to go on from. */
  readonly apply: (events: readonly Recorded[], range: { from: number; to: number }) => Promise<number>;
  /** Resolves true once the views hold this position, false after `timeoutMs`. */
  readonly waitFor: (position: number, timeoutMs: number) => Promise<boolean>;
  /**
   * Builds every view anew from position 0 beside the live one, compares both at the same position, and puts the new one in its place. Asked
   * again while it runs, it joins. Throws {@link LedgerBehindError} when the ledger does not reach as far as the views.
   */
  readonly rebuild: () => Promise<readonly RebuiltView[]>;
};

/** The views have seen more than the ledger holds: it was restored from an older copy, or it is another ledger. */
export class LedgerBehindError extends Error {
  readonly code = 'LEDGER_UNAVAILABLE';
  constructor(position: number, wanted: number) {
    super(
      `the ledger ends at position ${position}, and the views have seen it up to ${wanted}: check which ledger this is`,
    );
  }
}

const PAGE = 1_000;
const POLL_MS = 5;
/** Most positions that are passed over before the cursor is written: what a restart reads again. */
const MAX_PASSED = 2_000;
/** Documents that are kept in memory, at least; at most twice as many. */
const KNOWN_DOCUMENTS = 2_048;

/** Runs a service's projections with one cursor: they all stand at the same position. Tables need `key text primary key, view jsonb`. */
export function projectionRunner(options: {
  pool: Pool;
  ledger: LedgerPort;
  projections: readonly AnyProjection[];
}): ProjectionRunner {
  const { pool, ledger, projections } = options;
  let seen = 0;
  /** Start of what was passed over since the cursor was last written. */
  let passedFrom: number | undefined;
  /** The documents written last, good as long as the cursor bears the mark of our own last commit. */
  const known = recent<string, unknown>(KNOWN_DOCUMENTS);
  let ourMark: string | undefined;
  let rebuilding: Promise<readonly RebuiltView[]> | undefined;

  async function cursorOf(client: ClientBase): Promise<number> {
    const { rows } = await client.query<{ position: string }>(
      `select position from projection_cursor where name = 'views'`,
    );
    return Number(rows[0]?.position ?? 0);
  }

  /** Where the views stand, and whether whoever wrote that was this process: then its known documents are as the tables have them. */
  async function lockCursor(client: ClientBase): Promise<{ at: number; isOurs: boolean }> {
    const lock = () =>
      client.query<{ position: string; mark: string }>({
        name: 'lock-cursor',
        text: `select position, xmin::text as mark from projection_cursor where name = 'views' for update`,
      });
    const found = await lock();
    if (found.rows.length === 0) {
      await client.query(
        `insert into projection_cursor (name, position) values ('views', 0) on conflict (name) do nothing`,
      );
    }
    const { position, mark } = (found.rows[0] ?? (await lock()).rows[0])!;
    return { at: Number(position), isOurs: mark === ourMark };
  }

  /** Every write of the row leaves another mark: the number of its transaction. */
  async function writeCursor(client: ClientBase, position: number): Promise<string> {
    const { rows } = await client.query<{ mark: string }>({
      name: 'write-cursor',
      text: `update projection_cursor set position = $1 where name = 'views' returning xmin::text as mark`,
      values: [position],
    });
    return rows[0]!.mark;
  }

  function forget(): void {
    ourMark = undefined;
    known.clear();
  }

  /** After an archive what was passed over cannot be read again, so the cursor is written behind it. */
  const concernsViews = (event: Recorded): boolean =>
    isErasure(event) || event.type === 'range.archived' || projections.some(({ keysOf }) => keysOf(event).length > 0);
  const own = (table: string): string => table;

  /** Events that touch no view move the cursor in memory only: a service that few events concern does not commit for every one. */
  function passOver(range: { from: number; to: number }): boolean {
    if (range.from !== seen) return false;
    passedFrom ??= range.from;
    if (range.to - passedFrom > MAX_PASSED) return false;
    seen = range.to;
    return true;
  }

  async function apply(events: readonly Recorded[], range: { from: number; to: number }): Promise<number> {
    if (!events.some(concernsViews) && passOver(range)) return range.to;
    const from = passedFrom ?? range.from;
    passedFrom = undefined;
    try {
      const done = await inTransaction(pool, (client) => applyFrom(client, events, { from, to: range.to }), 'together');
      ourMark = done.mark;
      seen = done.at;
    } catch (error) {
      forget();
      throw error;
    }
    return seen;
  }

  /** Documents and cursor are written together: a crash that loses the newest of them loses both, and they are made again from the log. */
  async function applyFrom(
    client: ClientBase,
    events: readonly Recorded[],
    { from, to }: { from: number; to: number },
  ): Promise<{ at: number; mark?: string | undefined }> {
    const { at, isOurs } = await lockCursor(client);
    const fresh = events.filter((event) => event.position >= at);
    const isErasing = fresh.some(isErasure);
    if (!isOurs || isErasing) forget();
    // The cursor, not the caller, says what comes next: another replica may have been here, or we were restored to an older copy.
    if (at >= to || at < from) return { at, mark: ourMark };
    await projectEvents(client, fresh, { projections, ledger, tableOf: own, known: isErasing ? undefined : known });
    return { at: to, mark: await writeCursor(client, to) };
  }

  async function replayInto(
    client: ClientBase,
    shadow: (table: string) => string,
    range: { from: number; to: number },
  ): Promise<number> {
    let position = range.from;
    let count = 0;
    while (position < range.to) {
      const page = await ledger.readAll({ fromPosition: position, limit: Math.min(PAGE, range.to - position) });
      if (page.scannedTo <= position) throw new LedgerBehindError(position, range.to);
      const events = page.events.filter((event) => event.position < range.to);
      await projectEvents(client, events, { projections, ledger, tableOf: shadow });
      count += events.length;
      position = Math.min(page.scannedTo, range.to);
    }
    return count;
  }

  async function swap(
    client: ClientBase,
    table: string,
    next: string,
  ): Promise<{ digestBefore: string; digestAfter: string }> {
    const digestBefore = await digestOf(client, table);
    const digestAfter = await digestOf(client, next);
    await client.query(`drop table ${table}`);
    await client.query(`alter table ${next} rename to ${table}`);
    return { digestBefore, digestAfter };
  }

  /** Two rebuilds at once would take each other's tables away. The lock ends with its connection. */
  async function rebuildAlone(): Promise<readonly RebuiltView[]> {
    const client = await pool.connect();
    try {
      await client.query(`select pg_advisory_lock(hashtext('causeway.rebuild.' || current_schema()))`);
      return await rebuildWith(client);
    } finally {
      client.release(true);
    }
  }

  async function rebuildWith(client: ClientBase): Promise<readonly RebuiltView[]> {
    const shadow = (table: string) => `${table}__next`;
    for (const { table } of projections) {
      await client.query(`drop table if exists ${shadow(table)}`);
      await client.query(`create table ${shadow(table)} (like ${table} including all)`);
    }
    const reached = await cursorOf(client);
    let events = await replayInto(client, shadow, { from: 0, to: reached });
    return inTransaction(pool, async (tx) => {
      const { at: position } = await lockCursor(tx);
      if (position < reached) throw new Error(`the cursor went back from ${reached} to ${position} during the rebuild`);
      events += await replayInto(tx, shadow, { from: reached, to: position });
      const views: RebuiltView[] = [];
      for (const { table } of projections) {
        const digests = await swap(tx, table, shadow(table));
        const equal = digests.digestBefore === digests.digestAfter;
        views.push({ projection: table, events, position, ...digests, equal });
      }
      // Nobody goes on with documents that he knows from the tables of before.
      await writeCursor(tx, position);
      return views;
    });
  }

  function rebuild(): Promise<readonly RebuiltView[]> {
    rebuilding ??= rebuildAlone().finally(() => {
      rebuilding = undefined;
    });
    return rebuilding;
  }

  return {
    apply,
    rebuild,
    position: async () => {
      const { at: cursor } = await inTransaction(pool, lockCursor);
      // What was passed over, or applied while we asked, is seen and may not be in the cursor that we read.
      seen = Math.max(seen, cursor);
      return seen;
    },
    waitFor: async (position, timeoutMs) => {
      const until = Date.now() + timeoutMs;
      while (seen <= position) {
        if (Date.now() >= until) return false;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
      return true;
    },
  };
}
