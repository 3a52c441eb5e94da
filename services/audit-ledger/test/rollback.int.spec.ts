import { readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { addSigningKey, getCheckpoint, getLogKeys, retireSigningKey } from '@causeway/contracts';
import { openCheckpoint, parseVerifierKey } from '@causeway/ledger';
import type { Bus } from '@causeway/messaging';
import type { Pool } from '@causeway/postgres';
import {
  signerFolder,
  testInfrastructure,
  type ServiceProcess,
  type TestDatabase,
  type TestInfrastructure,
} from '@causeway/testing';
import {
  appendOf,
  callerOn,
  eventually,
  newStream,
  note,
  ORIGIN,
  startLedger,
  type Caller,
} from './ledger.features.ts';

let infra: TestInfrastructure;
let database: TestDatabase;
let owner: Pool;
let service: ServiceProcess | undefined;
let bus: Bus;
let ledger: Caller;
let folder: string;

beforeAll(async () => {
  infra = await testInfrastructure();
  bus = await infra.connect('gateway');
  ledger = callerOn(await infra.connect('run-orchestrator'));
}, 60_000);
beforeEach(async () => {
  database = await infra.database();
  owner = database.pool('audit_ledger_owner', 1);
  folder = signerFolder(database);
  service = await startLedger(infra, database);
  for (let n = 0; n < 6; n++) await ledger.appendOne();
  await signed();
}, 60_000);
afterEach(async () => {
  await service?.kill();
}, 60_000);
afterAll(async () => {
  await infra?.stop();
});

const meta = { id: 'test', actor: { kind: 'operator', id: 'ada' } } as const;
const checkpoint = () => bus.request(getCheckpoint, {}, meta);

/** Resolves when everything is signed. */
async function signed(): Promise<number> {
  const { nextPosition } = await ledger.head();
  const reply = await bus.request(getCheckpoint, { minSize: nextPosition }, meta);
  if (!reply.ok) throw new Error(reply.rejection.detail);
  return reply.value.size;
}

async function start(): Promise<void> {
  service = await startLedger(infra, database);
}
async function stop(): Promise<void> {
  await service?.kill();
  service = undefined;
}

const GUARDED = ['event', 'event_data', 'append_batch', 'tile', 'checkpoint', 'cosignature'];

/** Makes the database what it was when the log had this many events, as restoring an older copy does. */
async function restoreCopyOf(size: number): Promise<void> {
  const guards = (state: string) =>
    GUARDED.map((table) => `alter table ${table} ${state} trigger append_only`).join(';');
  await owner.query(`begin; ${guards('disable')};
    delete from checkpoint where size > ${size};
    delete from event_data where position >= ${size};
    delete from append_batch where first_position >= ${size};
    delete from event where position >= ${size};
    update ledger_head set next_position = ${size}, chain = (select chain from event where position = ${size} - 1);
    update publication set position = least(position, ${size});
    ${guards('enable')}; commit`);
}

const refusals = async (): Promise<string> => {
  const reply = await ledger.append(appendOf(newStream(), 'none', note()), 2_000);
  return reply.ok ? 'appended' : reply.rejection.code;
};
const ready = async () => (await fetch(`http://127.0.0.1:${service!.port}/readyz`)).status;

describe('a log that was rolled back', () => {
  it('is recognised, and nothing is written or signed until the newer copy is back', async () => {
    const { nextPosition } = await ledger.head();
    await stop();
    await restoreCopyOf(nextPosition - 2);
    await start();
    expect(await refusals()).toBe('LEDGER_ROLLED_BACK');
    expect((await ledger.head()).nextPosition).toBe(nextPosition - 2);
    expect(await ready()).toBe(503);
    const reply = await bus.request(getCheckpoint, { minSize: nextPosition - 2 }, meta);
    expect(reply).toMatchObject({ ok: false, rejection: { code: 'LEDGER_ROLLED_BACK' } });
    expect(service!.output()).toMatch(/rolled back.*docs\/ledger-operations\.md/);
  }, 60_000);

  it('is recognised though as many other events were written since', async () => {
    const { nextPosition } = await ledger.head();
    await stop();
    await restoreCopyOf(3);
    await owner.query(`begin; alter table checkpoint disable trigger append_only; delete from checkpoint;
      alter table checkpoint enable trigger append_only; commit`);
    const kept = `${folder}.kept`;
    renameSync(folder, kept);
    await start();
    for (let n = 0; n < 12; n++) await ledger.appendOne();
    await signed();
    await stop();
    expect(await ledgerSize()).toBeGreaterThan(nextPosition);
    await owner.query(`begin; alter table checkpoint disable trigger append_only; delete from checkpoint;
      alter table checkpoint enable trigger append_only; commit`);
    rmSync(folder, { recursive: true });
    renameSync(kept, folder);
    await start();
    expect(await refusals()).toBe('LEDGER_ROLLED_BACK');
    expect(service!.output()).toMatch(/does not begin with the \d+ events that were signed/);
  }, 60_000);
});

const ledgerSize = async (): Promise<number> =>
  Number((await owner.query<{ n: string }>('select next_position as n from ledger_head')).rows[0]!.n);

describe('a signer that lost its memory', () => {
  it.each([
    ['its whole folder', () => rmSync(folder, { recursive: true }), /the signer's folder is empty/],
    [
      'only what was signed last',
      () => {
        for (const name of readdirSync(folder).filter((file) => file.startsWith('last-signed')))
          rmSync(join(folder, name));
      },
      /what was signed last is not known/,
    ],
  ])(
    'signs nothing: %s',
    async (_what, lose, says) => {
      const before = await checkpoint();
      await stop();
      lose();
      await start();
      if (says) {
        expect(await refusals()).toBe('LEDGER_ROLLED_BACK');
        expect(service!.output()).toMatch(says);
      } else await eventually(async () => (await refusals()) === 'LEDGER_ROLLED_BACK');
      expect(await checkpoint()).toEqual(before);
    },
    60_000,
  );

  it('goes on by itself once the folder is back', async () => {
    await stop();
    renameSync(folder, `${folder}.kept`);
    await start();
    expect(await refusals()).toBe('LEDGER_ROLLED_BACK');
    rmSync(folder, { recursive: true, force: true });
    renameSync(`${folder}.kept`, folder);
    await eventually(async () => (await refusals()) === 'appended');
    await eventually(async () => (await ready()) === 200);
  }, 60_000);
});

describe('a signer that lost a private key', () => {
  it('signs nothing until another key is there and the lost one is retired; appends go on', async () => {
    const before = await checkpoint();
    await stop();
    rmSync(
      join(
        folder,
        readdirSync(folder).find((name) => name.endsWith('.key'))!,
      ),
    );
    await start();
    expect(await refusals()).toBe('appended');
    const added = await bus.request(addSigningKey, { reason: 'the old one is lost' }, { id: 'add', actor: meta.actor });
    expect(await bus.request(getCheckpoint, { minSize: await ledgerSize() }, meta)).toMatchObject({ ok: false });
    expect(await checkpoint()).toEqual(before);
    const keys = await bus.request(getLogKeys, {}, meta);
    if (!keys.ok || !added.ok) throw new Error('no key was added');
    const lost = keys.value.keys.find(({ vkey }) => vkey !== added.value.vkey)!.vkey;
    expect(await bus.request(retireSigningKey, { vkey: lost, reason: 'lost' }, meta)).toMatchObject({ ok: true });
    await eventually(async () => (await signed()) === (await ledgerSize()));
  }, 60_000);
});

describe('a crash between the signer’s memory and the checkpoint', () => {
  it('is harmless: the same tree is signed again', async () => {
    const size = await signed();
    await stop();
    await owner.query(`begin; alter table checkpoint disable trigger append_only; delete from checkpoint where size = ${size};
      alter table checkpoint enable trigger append_only; commit`);
    await start();
    const again = await bus.request(getCheckpoint, { size }, meta);
    if (!again.ok) throw new Error(again.rejection.detail);
    const keys = await bus.request(getLogKeys, {}, meta);
    if (!keys.ok) throw new Error(keys.rejection.detail);
    expect(
      openCheckpoint(
        again.value.note,
        ORIGIN,
        keys.value.keys.map(({ vkey }) => parseVerifierKey(vkey)),
      ).size,
    ).toBe(size);
    expect(await refusals()).toBe('appended');
  }, 60_000);
});

describe('the signer’s folder', () => {
  it('holds its private keys for nobody else, and never in the database or a log line', async () => {
    const names = readdirSync(folder);
    const secret = names.find((name) => name.endsWith('.key'))!;
    const text = readFileSync(join(folder, secret), 'utf8').trim();
    expect(text).toMatch(/^PRIVATE\+KEY\+/);
    expect(service!.output()).not.toContain(text.split('+').at(-1));
    expect(names.filter((name) => name.startsWith('last-signed'))).toHaveLength(1);
    const { rows } = await owner.query('select 1 from checkpoint where note like $1', ['%PRIVATE%']);
    expect(rows).toEqual([]);
  });
});
