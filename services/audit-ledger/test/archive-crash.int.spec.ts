import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCheckpoint, type ReplyEnvelope } from '@causeway/contracts';
import { inTransaction, type Pool } from '@causeway/postgres';
import type { Bus } from '@causeway/messaging';
import { testInfrastructure, type ServiceProcess, type TestDatabase, type TestInfrastructure } from '@causeway/testing';
import {
  ADMIN,
  archive,
  exported,
  finishedRun,
  held,
  orderRestoration,
  published,
  startRestore,
} from './archive.features.ts';
import { callerOn, eventually, ORIGIN, startLedger, type Caller } from './ledger.features.ts';

let infra: TestInfrastructure;
let database: TestDatabase;
let service: ServiceProcess;
let ledger: Caller;
let gateway: Bus;
let owner: Pool;
let folder: string;
let env: Readonly<Record<string, string>>;

const RANGE = { from: 0, to: 256 };
const valueOf = <T>(reply: ReplyEnvelope<T>): T => {
  if (!reply.ok) throw new Error(`${reply.rejection.code}: ${reply.rejection.detail}`);
  return reply.value;
};

beforeAll(async () => {
  infra = await testInfrastructure();
  database = await infra.database();
  env = { ...infra.environment('audit-ledger', database), CAUSEWAY_LEDGER_ORIGIN: ORIGIN };
  service = await startLedger(infra, database);
  ledger = callerOn(await infra.connect('run-orchestrator'));
  gateway = await infra.connect('gateway');
  owner = database.pool('audit_ledger_owner', 4);
  while ((await ledger.head()).nextPosition < 300) await finishedRun(ledger);
  await published(owner, RANGE.to);
  folder = mkdtempSync(join(tmpdir(), 'causeway-restore-'));
}, 60_000);

afterAll(async () => {
  await service?.kill();
  await infra?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** Holds one row of a table, so that whoever changes many of them stands still in the middle; meanwhile does this. */
async function whileHeld(table: string, position: number, work: () => Promise<unknown>): Promise<void> {
  await inTransaction(owner, async (client) => {
    await client.query(`select from ${table} where position = $1 for update`, [position]);
    await work();
  });
}

const isStuck = (): Promise<void> =>
  eventually(async () => {
    const { rows } = await owner.query<{ n: number }>(`select count(*)::int as n from pg_locks where not granted`);
    return rows[0]!.n > 0;
  });
const sealedArchives = async (): Promise<number> =>
  (await owner.query<{ n: number }>(`select count(*)::int as n from event where type = 'range.archived'`)).rows[0]!.n;

/** A position in the middle of the range whose event keeps data beside its leaf. */
async function middle(): Promise<number> {
  const { rows } = await owner.query<{ position: string }>(
    'select position from event_data where position > 100 and position < 200 order by position limit 1',
  );
  return Number(rows[0]!.position);
}

/** A bundle, as far as its events go, with the files of it that a restoration reads. */
function bundle(lines: string, note: string): void {
  writeFileSync(join(folder, 'events.ndjson'), lines);
  writeFileSync(join(folder, 'checkpoint'), note);
  writeFileSync(join(folder, 'keys.json'), JSON.stringify({ log: [], witnesses: [] }));
  const manifest = { format: 'causeway-ledger-bundle', version: 1, origin: ORIGIN, ...RANGE };
  writeFileSync(join(folder, 'bundle.json'), JSON.stringify(manifest));
}

describe('an archive, when everything dies', () => {
  let whole: { lines: string; digest: string };
  let before: Awaited<ReturnType<typeof held>>;

  it.each(['event_data', 'event'])(
    'in the middle of taking rows out of %s: nothing is out, and the next start does all of it',
    async (table) => {
      whole = await exported(gateway, RANGE);
      before = await held(owner);
      const sealedBefore = await sealedArchives();
      await whileHeld(table, await middle(), async () => {
        void archive(gateway, RANGE, whole.digest, 2_000).catch(() => undefined);
        await isStuck();
        await service.kill('SIGKILL');
      });
      await eventually(async () => (await sealedArchives()) === sealedBefore + 1);
      expect(await held(owner)).toMatchObject({ archived: 0, leaves: before.leaves + 1, data: before.data });
      service = await startLedger(infra, database);
      await eventually(async () => (await held(owner)).archived > 200);
      const { archived, leaves } = await held(owner);
      expect(leaves).toBe(before.leaves + 1 - archived);
      await restored();
    },
    60_000,
  );

  it('before it is recorded: nothing happened', async () => {
    const { digest } = await exported(gateway, RANGE);
    const sealedBefore = await sealedArchives();
    await inTransaction(owner, async (client) => {
      await client.query('lock table erasure_done');
      void archive(gateway, RANGE, digest, 2_000).catch(() => undefined);
      await isStuck();
      await service.kill('SIGKILL');
    });
    service = await startLedger(infra, database);
    expect([await sealedArchives(), (await held(owner)).archived]).toEqual([sealedBefore, 0]);
  }, 60_000);

  async function restored(): Promise<void> {
    const archives = await owner.query<{ position: string }>(
      `select max(position) as position from event where type = 'range.archived'`,
    );
    const position = Number(archives.rows[0]!.position);
    const { note } = valueOf(await gateway.request(getCheckpoint, {}, ADMIN));
    bundle(whole.lines, note);
    expect((await startRestore(env, folder).ended).err).toContain('is not recorded');
    await eventually(async () => (await orderRestoration(gateway, { archive: position, reason: 'a test' })).ok);
    const { archived } = await held(owner);
    expect(JSON.parse((await startRestore(env, folder).ended).out)).toEqual({ archive: position, restored: archived });
    expect((await exported(gateway, RANGE)).lines).toBe(whole.lines);
    expect(await held(owner)).toMatchObject({ archived: 0, data: before.data });
    expect(await ledger.verify()).toMatchObject({ good: true });
  }
});

describe('a restoration', () => {
  let whole: { lines: string; digest: string };
  let before: Awaited<ReturnType<typeof held>>;
  let lacking: Awaited<ReturnType<typeof held>>;
  const end = async (): Promise<string> => (await startRestore(env, folder).ended).err;

  beforeAll(async () => {
    whole = await exported(gateway, RANGE);
    before = await held(owner);
    const { position } = valueOf(await archive(gateway, RANGE, whole.digest));
    const { note } = valueOf(await gateway.request(getCheckpoint, {}, ADMIN));
    bundle(whole.lines, note);
    valueOf(await orderRestoration(gateway, { archive: position, reason: 'a test' }));
    lacking = await held(owner);
  }, 60_000);

  it('does not take a bundle whose events are not those that were archived', async () => {
    const lines = whole.lines.split('\n');
    writeFileSync(join(folder, 'events.ndjson'), lines.toSpliced(120, 1).join('\n'));
    expect(await end()).toContain('no archive of this ledger was made from a bundle');
    writeFileSync(join(folder, 'events.ndjson'), whole.lines);
    expect(await held(owner)).toEqual(lacking);
  });

  it('believes the tree and not the rows: a hash that was changed with its leaf is named', async () => {
    const spoil = (change: string) =>
      owner.query(`alter table event disable trigger user; ${change}; alter table event enable trigger user`);
    const flip = `update event set leaf_hash = set_byte(leaf_hash, 0, get_byte(leaf_hash, 0) # 1) where position = ${await lackingOne()}`;
    await spoil(flip);
    const said = await end();
    await spoil(flip);
    expect(said).toMatch(/nothing was restored: .*position \d+: (LEAF_HASH_MISMATCH|CHAIN_BROKEN)/);
    expect(await held(owner)).toEqual(lacking);
  });

  it('that is killed in the middle puts nothing back, and can be done again', async () => {
    const position = await lackingOne();
    const run = startRestore(env, folder);
    await whileHeld('event', position, async () => {
      await Promise.race([isStuck(), run.ended]);
      run.kill();
      await run.ended;
    });
    await eventually(async () => (await held(owner)).archived === lacking.archived);
    expect(await held(owner)).toEqual(lacking);
    expect(await end()).toBe('');
    expect(await held(owner)).toEqual({ ...before, leaves: before.leaves + 2, events: before.events + 2 });
    expect(JSON.parse((await startRestore(env, folder).ended).out)).toMatchObject({ restored: 0 });
    expect(readFileSync(join(folder, 'events.ndjson'), 'utf8')).toBe((await exported(gateway, RANGE)).lines);
  }, 60_000);

  async function lackingOne(): Promise<number> {
    const { rows } = await owner.query<{ position: string }>(
      'select max(position) as position from event where archived_by is not null',
    );
    return Number(rows[0]!.position);
  }
});
