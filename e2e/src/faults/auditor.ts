import { fromCloudEvent, type CloudEvent } from '@causeway/contracts';
import {
  compactRange,
  createVerifier,
  leafHash,
  parseCheckpoint,
  parseNote,
  toHex,
  type FindingCode,
  type StoredRecord,
} from '@causeway/ledger';
import type { Bus } from '@causeway/messaging';
import type { Pool } from '@causeway/postgres';
import { until } from '@causeway/testing';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { Acknowledged } from './load-process.ts';
import { ORIGIN } from './stage.ts';

/** What is wrong, by kind; all 0 in a log that can be believed. */
export type Damage = {
  /** Acknowledged appends that are not where their answer said. */
  readonly lost: number;
  /** Events, versions or messages that are there twice. */
  readonly duplicates: number;
  /** Positions that are missing, in the log or in the AUDIT stream. */
  readonly gaps: number;
  /** Places at which chain, head or a signed checkpoint do not follow from the leaves, or the AUDIT stream tells another story. */
  readonly forks: number;
  /** Each wrong thing in words, the first ones. */
  readonly details: readonly string[];
};

export type Auditor = {
  /** Looks at everything that has come since the last time: the log past the ledger, and the AUDIT stream by JetStream's own reading. */
  readonly check: (acknowledged: readonly Acknowledged[]) => Promise<Damage>;
};

type Kind = 'lost' | 'duplicates' | 'gaps' | 'forks';

const KINDS: Partial<Record<FindingCode, Kind>> = {
  POSITION_GAP: 'gaps',
  STREAM_VERSION_WRONG: 'duplicates',
  DUPLICATE_EVENT_ID: 'duplicates',
};
const PAGE = 5_000;
const MAX_DETAILS = 10;
const EVENTS = `
select e.position, e.stream, e.version, e.id, e.type, e.scope, e.leaf, e.leaf_hash, e.chain, d.salt, d.data
from audit_ledger.event e left join audit_ledger.event_data d using (position)
where e.position >= $1 order by e.position limit ${PAGE}`;

type EventRow = Record<'leaf' | 'leaf_hash' | 'chain', Buffer> &
  Record<'position' | 'stream' | 'id' | 'type' | 'scope', string> & {
    version: number;
    salt: Buffer | null;
    data: Buffer | null;
  };

const recordOf = (row: EventRow): StoredRecord => ({
  ...{ position: Number(row.position), leaf: row.leaf, leafHash: row.leaf_hash, chain: row.chain },
  ...{ stream: row.stream, version: row.version, id: row.id, type: row.type, scope: row.scope },
  ...(row.data ? { data: row.data } : {}),
  ...(row.salt ? { salt: row.salt } : {}),
});

/** An auditor who starts with the first event. `bus` has to be a connection of the user audit-ledger, `admin` one past the ledger's rights. */
export function auditorOf(admin: Pool, bus: Bus): Auditor {
  const verifier = createVerifier(ORIGIN);
  /** By position; `undefined` where there is none. */
  const events: ({ readonly id: string; readonly chain: string } | undefined)[] = [];
  let lookedAt = 0;
  let publishedTo = 0;
  let lastSequence = 0;
  const tree = compactRange();
  /** Root of the tree at each size that it has had. */
  const roots: string[] = [toHex(tree.root())];
  let signedTo = 0;

  async function readLog(blame: Blame): Promise<void> {
    for (;;) {
      const { rows } = await admin.query<EventRow>(EVENTS, [events.length]);
      for (const row of rows) {
        const findings = verifier.check(recordOf(row));
        for (const { position, code, detail } of findings)
          blame(KINDS[code] ?? 'forks', `${position} ${code} ${detail}`);
        events[Number(row.position)] = { id: row.id, chain: toHex(row.chain) };
        tree.append(leafHash(row.leaf));
        roots.push(toHex(tree.root()));
      }
      if (rows.length < PAGE) break;
    }
    for (const { position, code, detail } of verifier.finish(await head()))
      blame('forks', `${position} ${code} ${detail}`);
  }

  /** Whether each signed checkpoint is one of this log: then any two of them are consistent. */
  async function readCheckpoints(blame: Blame): Promise<void> {
    const { rows } = await admin.query<{ size: string; note: string }>(
      'select size, note from audit_ledger.checkpoint where size > $1 and size <= $2 order by size',
      [signedTo, events.length],
    );
    for (const { size, note } of rows) {
      const checkpoint = parseCheckpoint(parseNote(note).text);
      if (toHex(checkpoint.root) !== roots[checkpoint.size] || checkpoint.size !== Number(size))
        blame('forks', `the checkpoint of size ${size} is not one of this log`);
      signedTo = Number(size);
    }
  }

  async function head(): Promise<{ nextPosition: number; chain: Uint8Array }> {
    const { rows } = await admin.query<{ next_position: string; chain: Buffer }>(
      'select next_position, chain from audit_ledger.ledger_head',
    );
    return { nextPosition: Number(rows[0]!.next_position), chain: rows[0]!.chain };
  }

  function lookFor(acknowledged: readonly Acknowledged[], blame: Blame): void {
    for (; lookedAt < acknowledged.length; lookedAt++) {
      const { ids, firstPosition } = acknowledged[lookedAt]!;
      const isThere = ids.every((id, index) => events[firstPosition + index]?.id === id);
      if (!isThere) blame('lost', `the append at ${firstPosition} was acknowledged and is not there`);
    }
  }

  /** The newest message of the stream is the newest event: what is published is published in order. */
  async function untilPublished(): Promise<void> {
    await until('everything is published', async () => {
      const manager = await jetstreamManager(bus.connection, { checkAPI: false });
      const { state } = await manager.streams.info('AUDIT');
      if (state.messages === 0) return events.length === 0;
      const last = await manager.streams.getMessage('AUDIT', { seq: state.last_seq });
      return last !== null && Number(last.header.get('Causeway-Position')) === events.length - 1;
    });
  }

  async function readStream(blame: Blame): Promise<void> {
    const manager = await jetstreamManager(bus.connection, { checkAPI: false });
    const { state } = await manager.streams.info('AUDIT');
    if (state.last_seq <= lastSequence) return;
    const consumer = await jetstream(bus.connection).consumers.get('AUDIT', { opt_start_seq: lastSequence + 1 });
    const { num_pending: count } = await consumer.info();
    for await (const message of await consumer.fetch({ max_messages: count, expires: 60_000 })) {
      compare(fromCloudEvent(message.json<CloudEvent>()), blame);
      lastSequence = message.seq;
      // Messages that were deleted are counted as pending, and waited for.
      if (lastSequence >= state.last_seq) break;
    }
    if (lastSequence < state.last_seq) blame('gaps', `the stream could be read to message ${lastSequence} only`);
  }

  function compare({ position, id, chain }: { position: number; id: string; chain: string }, blame: Blame): void {
    if (position < publishedTo) blame('duplicates', `the stream has position ${position} again`);
    if (position > publishedTo) blame('gaps', `the stream goes on with ${position}, not ${publishedTo}`);
    const event = events[position];
    if (event?.id !== id || event.chain !== chain) blame('forks', `the stream has another event at ${position}`);
    publishedTo = Math.max(publishedTo, position + 1);
  }

  return {
    check: async (acknowledged) => {
      const { blame, damage } = damageCounter();
      await readLog(blame);
      await readCheckpoints(blame);
      lookFor(acknowledged, blame);
      await untilPublished().catch((error: unknown) => blame('gaps', String(error)));
      await readStream(blame);
      if (publishedTo !== events.length) blame('gaps', `${publishedTo} of ${events.length} events were published`);
      return damage();
    },
  };
}

type Blame = (kind: Kind, detail: string) => void;

function damageCounter(): { blame: Blame; damage: () => Damage } {
  const counts = { lost: 0, duplicates: 0, gaps: 0, forks: 0 };
  const details: string[] = [];
  return {
    blame: (kind, detail) => {
      counts[kind]++;
      if (details.length < MAX_DETAILS) details.push(detail);
    },
    damage: () => ({ ...counts, details }),
  };
}
