import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  archiveRange,
  ARCHIVED_NOUNS,
  erase,
  getCheckpoint,
  getLogKeys,
  listArchives,
  proveConsistency,
  proveInclusion,
  readAll,
  readLeaves,
  readRaw,
  readStream,
  readTile,
  RUN_ENDS,
  type Append,
  type MessageContract,
  type ReplyEnvelope,
  type ReplyOf,
} from '@causeway/contracts';
import { leafHash, toHex } from '@causeway/ledger';
import type { Bus } from '@causeway/messaging';
import type { Pool } from '@causeway/postgres';
import {
  foreignVerifiers,
  testInfrastructure,
  writeProofFolder,
  type ServiceProcess,
  type TestDatabase,
  type TestInfrastructure,
} from '@causeway/testing';
import { ADMIN, archive, exported, finishedRun, held, orderRestoration, published } from './archive.features.ts';
import { appendOf, callerOn, claim, newStream, note, startLedger, type Caller } from './ledger.features.ts';

let infra: TestInfrastructure;
let database: TestDatabase;
let service: ServiceProcess;
let ledger: Caller;
let bus: Bus;
let gateway: Bus;
let owner: Pool;

const RANGE = { from: 0, to: 512 };
const valueOf = <T>(reply: ReplyEnvelope<T>): T => {
  if (!reply.ok) throw new Error(`${reply.rejection.code}: ${reply.rejection.detail}`);
  return reply.value;
};
const told = async <C extends MessageContract>(contract: C, data: C['data']['_zod']['input']): Promise<ReplyOf<C>> =>
  valueOf((await gateway.request(contract, data, ADMIN)) as ReplyEnvelope<ReplyOf<C>>);
const refusal = async <C extends MessageContract>(contract: C, data: C['data']['_zod']['input']) => {
  const reply = await gateway.request(contract, data, ADMIN);
  return reply.ok ? { code: 'answered', facts: {} } : reply.rejection;
};
const codeOf = (reply: ReplyEnvelope<unknown>): string => (reply.ok ? 'answered' : reply.rejection.code);

let over: string;
let open: string;
/** Of a run that was spoken of after its end; of two runs; of a session. */
let [spoken, mixed, session] = ['', '', ''];
let digest: string;
let before: { proofs: ReplyOf<typeof proveInclusion>[]; lines: string; size: number; tile: string };
let archived: { position: number; archived: number };
let repeated: Append;
const POSITIONS = [2, 3, 4, 255, 256, 400];
const proofsAt = (size: number) => Promise.all(POSITIONS.map((position) => told(proveInclusion, { position, size })));

beforeAll(async () => {
  infra = await testInfrastructure();
  database = await infra.database();
  service = await startLedger(infra, database);
  bus = await infra.connect('run-orchestrator');
  gateway = await infra.connect('gateway');
  ledger = callerOn(bus);
  owner = database.pool('audit_ledger_owner', 3);
  open = newStream();
  await ledger.append(appendOf(open, 'none', claim('of a run that goes on')));
  over = await finishedRun(ledger);
  repeated = appendOf(over, 'any', { ...claim('said once'), id: randomUUID() });
  await ledger.append(repeated);
  [spoken, mixed, session] = [await finishedRun(ledger), newStream(), newStream()];
  await ledger.append(appendOf(mixed, 'none', note({ scope: over }), note({ scope: open })));
  await ledger.append(appendOf(session, 'none', note({ type: 'session.occupied', scope: over })));
  const text = 'what a person or an agent wrote '.repeat(20);
  while ((await ledger.head()).nextPosition < 600)
    await finishedRun(ledger, ...Array.from({ length: 20 }, () => claim(text)));
  await ledger.append(appendOf(open, 'exists', note()));
  await ledger.append(appendOf(spoken, 'exists', note()));
  await published(owner, RANGE.to);
}, 60_000);

afterAll(async () => {
  await service?.kill();
  await infra?.stop();
});

describe('archiving', () => {
  it('is refused for what the ledger does not hold, or holds in another way', async () => {
    const { digest: right } = await exported(gateway, RANGE);
    const wrong = await archive(gateway, RANGE, 'ab'.repeat(32));
    expect(wrong).toMatchObject({
      ok: false,
      rejection: { code: 'ARCHIVE_REFUSED', detail: expect.stringContaining(right) },
    });
    expect(codeOf(await archive(gateway, { from: 0, to: 1_024 }, right))).toBe('ARCHIVE_REFUSED');
    expect(codeOf(await archive(gateway, { from: 0, to: 500 }, right))).toBe('REQUEST_INVALID');
    expect(await held(owner)).toMatchObject({ archived: 0 });
  });

  it('is refused when the database is not what was signed, naming where', async () => {
    const spoil = (change: string) =>
      owner.query(`alter table event disable trigger user; ${change}; alter table event enable trigger user`);
    const { digest: right } = await exported(gateway, RANGE);
    const flip = 'update event set leaf_hash = set_byte(leaf_hash, 0, get_byte(leaf_hash, 0) # 1) where position = 300';
    await spoil(flip);
    const reply = await archive(gateway, RANGE, right);
    await spoil(flip);
    expect(reply).toMatchObject({
      rejection: { code: 'ARCHIVE_REFUSED', detail: expect.stringContaining('position 300: LEAF_HASH_MISMATCH') },
    });
    expect(await held(owner)).toMatchObject({ archived: 0 });
  });

  it('takes what finished runs say out, and nothing else', async () => {
    const { size } = await told(getCheckpoint, {});
    const { lines, digest: own } = await exported(gateway, RANGE);
    digest = own;
    const tile = (await told(readTile, { level: 0, index: 1, width: 256 })).hashes;
    before = { proofs: await proofsAt(size), lines, size, tile };
    const sizeOf = async (): Promise<number> => {
      await owner.query('vacuum full event; ').then(() => owner.query('vacuum full event_data'));
      const { rows } = await owner.query<{ n: string }>(
        `select pg_total_relation_size('event') + pg_total_relation_size('event_data') as n`,
      );
      return Number(rows[0]!.n);
    };
    const [bytesBefore, heldBefore] = [await sizeOf(), await held(owner)];
    archived = valueOf(await archive(gateway, RANGE, digest));
    const bytesAfter = await sizeOf();
    const after = await held(owner);
    expect(archived.archived).toBeGreaterThan(400);
    expect(after).toMatchObject({
      ...{ archived: archived.archived, events: heldBefore.events + 1 },
      leaves: heldBefore.leaves + 1 - archived.archived,
    });
    expect(after.data).toBeLessThan(heldBefore.data);
    expect(bytesAfter).toBeLessThan(bytesBefore);
    process.stdout.write(
      `archive: ${archived.archived} of ${heldBefore.events} events out; event and event_data take ${bytesAfter} bytes in place of ${bytesBefore}, ${Math.round((bytesBefore - bytesAfter) / archived.archived)} less for each\n`,
    );
    expect((await told(readStream, { stream: open })).events).toHaveLength(2);
  });

  it('is recorded with its range, its digest, who and why, and the same again is the same', async () => {
    expect(valueOf(await archive(gateway, RANGE, digest))).toEqual(archived);
    const page = await told(readAll, { fromPosition: archived.position, limit: 1 });
    expect(page.events[0]).toMatchObject({
      ...{ type: 'range.archived', stream: 'archives', actor: ADMIN.actor },
      data: { ...RANGE, digest, reason: 'old', requestedBy: 'ann', size: expect.any(Number) as number },
    });
    expect((await told(listArchives, {})).archives).toMatchObject([{ ...RANGE, ...archived, digest }]);
  });
});

describe('an archived event', () => {
  it('is proven as before: same checkpoint, same tiles, same proofs', async () => {
    const after = await proofsAt(before.size);
    const { size } = await told(getCheckpoint, { minSize: archived.position + 1 });
    expect(after.map(({ leaf: _, ...rest }) => rest)).toEqual(before.proofs.map(({ leaf: _, ...rest }) => rest));
    expect(after.filter(({ leaf }) => leaf === undefined).length).toBeGreaterThan(3);
    for (const { leaf, leafHash: hash } of before.proofs)
      expect(toHex(leafHash(Buffer.from(leaf!, 'base64')))).toBe(hash);
    expect((await told(readTile, { level: 0, index: 1, width: 256 })).hashes).toBe(before.tile);
    expect((await told(proveConsistency, { fromSize: 300, toSize: size })).proof.length).toBeGreaterThan(0);
    expect(await ledger.verify()).toMatchObject({ good: true, findings: [], archived: archived.archived });
  });

  it('is accepted by programs that are not ours, with the leaf from the bundle', async () => {
    const index = POSITIONS.indexOf(400);
    const { tlogProof, checkpoint, leaf } = await told(proveInclusion, { position: 400 });
    const older = await told(getCheckpoint, { size: before.size });
    const { proof } = await told(proveConsistency, { fromSize: older.size, toSize: checkpoint.size });
    const [key] = (await told(getLogKeys, {})).keys;
    const folder = mkdtempSync(join(tmpdir(), 'causeway-archive-'));
    writeProofFolder(folder, {
      ...{ vkey: key!.vkey, checkpoint: checkpoint.note, inclusion: tlogProof, consistency: proof },
      ...{ leaf: Buffer.from(before.proofs[index]!.leaf!, 'base64'), olderCheckpoint: older.note },
    });
    const verdicts = (await foreignVerifiers()).map((verifier) => verifier.verify(folder));
    rmSync(folder, { recursive: true, force: true });
    expect(leaf).toBeUndefined();
    expect(verdicts).toEqual([
      { accepted: true, said: 'accepted' },
      { accepted: true, said: 'accepted' },
    ]);
  }, 900_000);

  it('stays known: its append again has its first answer, other content under its id is refused', async () => {
    await service.kill('SIGKILL');
    service = await startLedger(infra, database);
    const again = valueOf(await ledger.append(repeated));
    expect(again.lastPosition).toBeLessThan(RANGE.to);
    expect(codeOf(await ledger.append({ ...repeated, appendId: randomUUID() }))).toBe('answered');
    const [write] = repeated.writes;
    const other = { ...write!, events: [{ ...write!.events[0]!, data: { note: 'something else' } }] };
    expect(codeOf(await ledger.append({ ...repeated, writes: [other] }))).toBe('EVENT_ID_REUSED');
  });

  it('counts in the version of its stream', async () => {
    expect(codeOf(await ledger.append(appendOf(over, 'none', note())))).toBe('VERSION_CONFLICT');
    expect(codeOf(await ledger.append(appendOf(over, 3, note())))).toBe('VERSION_CONFLICT');
    expect(valueOf(await ledger.append(appendOf(over, 4, note()))).versions).toEqual({ [over]: 5 });
  });

  it.each<[string, MessageContract, () => object]>([
    ['its stream', readStream, () => ({ stream: over })],
    ['the whole log', readAll, () => ({ fromPosition: 2 })],
    ['its scope', readAll, () => ({ scope: over })],
    ['its type', readAll, () => ({ types: ['run.started'] })],
    ['raw', readRaw, () => ({ fromPosition: 300 })],
    ['its leaf', readLeaves, () => ({ fromPosition: 300, limit: 10 })],
    ['to erase its data', erase, () => ({ erasureId: randomUUID(), target: { scope: over }, reason: 'r' })],
    ['to erase it by position', erase, () => ({ erasureId: randomUUID(), target: { positions: [2] }, reason: 'r' })],
    ['to archive it again', archiveRange, () => ({ archiveId: randomUUID(), from: 256, to: 512, digest, reason: 'r' })],
  ])('is refused by name to whoever reads %s', async (_, contract, question) => {
    expect(await refusal(contract, question())).toMatchObject({
      ...{ code: 'RANGE_ARCHIVED', facts: { archive: archived.position, ...RANGE, digest } },
      detail: expect.stringContaining('restore-archive') as string,
    });
  });

  it('is never left out in silence: a page ends before it', async () => {
    const page = await told(readAll, { fromPosition: 0 });
    expect(page.scannedTo).toBe(page.events.length);
    expect(page.scannedTo).toBeLessThan(4);
    const { events, archived: stubs = [] } = await told(readRaw, { fromPosition: 0, limit: 600, hashes: true });
    const positions = [...events, ...stubs].map(({ position }) => position).sort((a, b) => a - b);
    expect(positions).toEqual(Array.from({ length: 600 }, (_, n) => n));
    expect(stubs).toHaveLength(archived.archived);
  });

  it('hides nothing that goes on: runs that are not over or not silent, and streams that are not of one run alone', async () => {
    const page = await told(readAll, { types: ['session.occupied', 'key.added'] });
    expect(page.events).toMatchObject([{ type: 'key.added' }, { type: 'session.occupied' }]);
    const lengths = [open, spoken, mixed, session].map(
      async (stream) => (await told(readStream, { stream })).events.length,
    );
    expect(await Promise.all(lengths)).toEqual([2, 4, 2, 1]);
  });
});

describe('the tables', () => {
  const runtime = () => database.pool('audit_ledger', 1);

  it('let the service archive in one way alone', async () => {
    await expect(runtime().query('update event set leaf = null, archived_by = 1')).rejects.toMatchObject({
      code: '42501',
    });
    const { rows } = await owner.query(`select * from event where position = 550`);
    const { position: _, ...columns } = rows[0] as { [column: string]: unknown };
    const values = { ...columns, position: 100_000, id: randomUUID(), version: 99, leaf: null, archived_by: 1 };
    const insert = `insert into event (${Object.keys(values).join(', ')}) values (${Object.keys(values)
      .map((__, n) => `$${n + 1}`)
      .join(', ')})`;
    await expect(runtime().query(insert, Object.values(values))).rejects.toMatchObject({ code: '42501' });
    await expect(owner.query(insert, Object.values({ ...values, archived_by: null }))).rejects.toMatchObject({
      code: '23514',
    });
    await expect(runtime().query('select archive_events(300)')).rejects.toMatchObject({ code: '23001' });
    await expect(owner.query(`update event set scope = scope where position = 550`)).rejects.toMatchObject({
      code: '23001',
    });
  });

  it('give back only the leaf that a hash is of, and only once that is recorded', async () => {
    const put = (leaf: Buffer) =>
      runtime().query('select restore_events($1, $2, $3)', [archived.position, [300], [leaf]]);
    const right = Buffer.from(JSON.parse(before.lines.split('\n')[300]!).leaf as string, 'base64');
    await expect(put(right)).rejects.toMatchObject({ code: '23001' });
    valueOf(await orderRestoration(gateway, { archive: archived.position, reason: 'for the test' }));
    await expect(put(Buffer.from('another'))).rejects.toMatchObject({ code: '23001' });
    await put(right);
    expect(await held(owner)).toMatchObject({ archived: archived.archived - 1 });
  });

  it('name the same types as the contracts', async () => {
    const { rows } = await owner.query<{ source: string }>(
      `select prosrc as source from pg_proc where proname = 'archivable_positions'`,
    );
    const listed = (text: string) => [...text.matchAll(/'([a-z.]+)'/g)].map(([, name]) => name);
    const [ends, nouns] = [/t\.type in \(([^)]*)\)/, /not in \(([^)]*)\)/].map(
      (list) => list.exec(rows[0]!.source)![1]!,
    );
    expect([listed(ends!), listed(nouns!)]).toEqual([[...RUN_ENDS], [...ARCHIVED_NOUNS]]);
  });
});
