import type { LedgerPort, Recorded } from '@causeway/eventing';
import type { ClientBase, Pool } from 'pg';
import { digestOf, projectDocuments, type AnyProjection } from './document-projection.ts';
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
  /** Builds every view anew from position 0 beside the live one, compares both at the same position, and puts the new one in its place. */
  readonly rebuild: () => Promise<readonly RebuiltView[]>;
};

const PAGE = 1_000;
const POLL_MS = 5;

/** Runs a service's projections with one cursor: they all stand at the same position. Tables need `key text primary key, view jsonb`. */
export function projectionRunner(options: {
  pool: Pool;
  ledger: LedgerPort;
  projections: readonly AnyProjection[];
}): ProjectionRunner {
  const { pool, ledger, projections } = options;
  let seen = 0;

  async function lockCursor(client: ClientBase): Promise<number> {
    await client.query(
      `insert into projection_cursor (name, position) values ('views', 0) on conflict (name) do nothing`,
    );
    const { rows } = await client.query<{ position: string }>(
      `select position from projection_cursor where name = 'views' for update`,
    );
    return Number(rows[0]!.position);
  }

  async function apply(events: readonly Recorded[], range: { from: number; to: number }): Promise<number> {
    const cursor = await inTransaction(pool, async (client) => {
      const at = await lockCursor(client);
      // The cursor, not the caller, says what comes next: another replica may have been here, or we were restored to an older copy.
      if (at >= range.to || at < range.from) return at;
      const fresh = events.filter((event) => event.position >= at);
      for (const projection of projections) await projectDocuments(client, projection, fresh, projection.table);
      await client.query(`update projection_cursor set position = $1 where name = 'views'`, [range.to]);
      return range.to;
    });
    seen = Math.max(seen, cursor);
    return cursor;
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
      const events = page.events.filter((event) => event.position < range.to);
      for (const projection of projections)
        await projectDocuments(client, projection, events, shadow(projection.table));
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

  async function rebuild(): Promise<readonly RebuiltView[]> {
    const shadow = (table: string) => `${table}__next`;
    for (const { table } of projections) {
      await pool.query(`drop table if exists ${shadow(table)}`);
      await pool.query(`create table ${shadow(table)} (like ${table} including all)`);
    }
    const reached = seen;
    const client = await pool.connect();
    let events: number;
    try {
      events = await replayInto(client, shadow, { from: 0, to: reached });
    } finally {
      client.release();
    }
    return inTransaction(pool, async (tx) => {
      const position = await lockCursor(tx);
      events += await replayInto(tx, shadow, { from: reached, to: position });
      const views: RebuiltView[] = [];
      for (const { table } of projections) {
        const digests = await swap(tx, table, shadow(table));
        views.push({
          projection: table,
          events,
          position,
          ...digests,
          equal: digests.digestBefore === digests.digestAfter,
        });
      }
      return views;
    });
  }

  return {
    apply,
    rebuild,
    position: async () => {
      seen = await inTransaction(pool, lockCursor);
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
