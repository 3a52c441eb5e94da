import { randomUUID } from 'node:crypto';
import type { Pool } from '@causeway/postgres';
import { testInfrastructure, type TestInfrastructure } from '@causeway/testing';
import { commitBatch } from '../src/append/commit-batch.ts';
import { prepareAppend, type PreparedAppend } from '../src/append/prepare.ts';
import { saltSource } from '../src/append/salts.ts';
import { sealBatch, type HeadOfLog, type SealedBatch } from '../src/append/seal.ts';
import { prepareDatabase } from '../src/log-database.ts';
import { appendOf, claim, newStream, note, ORIGIN } from './ledger.features.ts';

let infra: TestInfrastructure;
let owner: Pool;
let pool: Pool;

beforeAll(async () => {
  infra = await testInfrastructure();
  const database = await infra.database();
  owner = database.pool('audit_ledger_owner', 1);
  pool = database.pool('audit_ledger', 1);
  await prepareDatabase(owner, ORIGIN);
}, 60_000);

afterAll(async () => {
  await infra?.stop();
});

const newSalt = saltSource();
function prepared(events: readonly ReturnType<typeof note>[]): PreparedAppend {
  const meta = { id: randomUUID(), actor: { kind: 'system', id: 'tester' } } as const;
  const append = appendOf(newStream(), 'none', ...events);
  const preparation = prepareAppend(append, { writer: 'run-orchestrator', meta, newSalt });
  if (!preparation.accepted) throw new Error(preparation.rejection.detail);
  return preparation.append;
}

async function headNow(): Promise<HeadOfLog & { readonly epoch: string }> {
  const { rows } = await owner.query<{ next_position: string; chain: Buffer; epoch: string }>(
    'select next_position, chain, epoch from ledger_head',
  );
  return { nextPosition: Number(rows[0]!.next_position), chain: rows[0]!.chain, epoch: rows[0]!.epoch };
}

const sealed = (appends: readonly (readonly ReturnType<typeof note>[])[], from: HeadOfLog): SealedBatch =>
  sealBatch(appends.map(prepared), from, { origin: ORIGIN, time: '2026-01-01T00:00:00.000Z', versionOf: () => 0 });

async function commit(batch: SealedBatch, epoch: string): Promise<boolean> {
  const client = await pool.connect();
  try {
    return await commitBatch(client, batch, { origin: ORIGIN, epoch });
  } finally {
    client.release();
  }
}

const rowsFrom = async (table: string, column: string, position: number): Promise<readonly object[]> =>
  (await owner.query<object>(`select * from ${table} where ${column} >= $1 order by ${column}`, [position])).rows;

/** Everything that the log holds from a position on. */
const storedFrom = (position: number) =>
  Promise.all([
    rowsFrom('event', 'position', position),
    rowsFrom('event_data', 'position', position),
    rowsFrom('append_batch', 'first_position', position),
  ]);

describe.each([
  ['one event', () => [[claim('text')]]],
  ['one event with nothing beside it', () => [[note()]]],
  ['one append of several events', () => [[note(), claim('text'), note(), claim('more'), note(), note()]]],
  ['one append of more events than are written one by one', () => [Array.from({ length: 7 }, () => claim('text'))]],
  ['several appends', () => [[claim('text')], [note(), claim('more')], [note()]]],
])('a batch of %s', (_name, appends) => {
  it('is stored as it was sealed', async () => {
    const head = await headNow();
    const batch = sealed(appends(), head);
    expect(await commit(batch, head.epoch)).toBe(true);
    const hex = (digits: string) => Buffer.from(digits, 'hex');
    expect(await storedFrom(head.nextPosition)).toEqual([
      batch.events.map(({ event: { id, stream, type, scope }, position, version, leaf, leafHash, chain }) => ({
        ...{ position: String(position), stream, version, id, type, scope },
        ...{ leaf: Buffer.from(leaf), leaf_hash: hex(leafHash), chain: hex(chain), archived_by: null },
      })),
      batch.events.flatMap(({ event: { beside }, position }) =>
        beside ? [{ position: String(position), salt: Buffer.from(beside.salt), data: Buffer.from(beside.bytes) }] : [],
      ),
      batch.appends.map(({ appendId, contentHash, events }, index) => {
        const before = batch.appends.slice(0, index).reduce((sum, append) => sum + append.events.length, 0);
        return {
          ...{ append_id: appendId, first_position: String(head.nextPosition + before), count: events.length },
          request_hash: hex(contentHash),
        };
      }),
    ]);
    expect(await headNow()).toEqual({ ...head, ...batch.to, chain: Buffer.from(batch.to.chain) });
  });

  it('writes nothing where the log ends elsewhere, or in another epoch', async () => {
    const head = await headNow();
    const later = { ...head, nextPosition: head.nextPosition + 5 };
    expect(await commit(sealed(appends(), later), head.epoch)).toBe(false);
    expect(await commit(sealed(appends(), head), String(Number(head.epoch) + 1))).toBe(false);
    expect(await headNow()).toEqual(head);
    expect(await storedFrom(head.nextPosition)).toEqual([[], [], []]);
  });
});
