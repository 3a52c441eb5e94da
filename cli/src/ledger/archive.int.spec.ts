import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appendBy, archiveRange, restoreRange, type EventToAppend, type ReplyEnvelope } from '@causeway/contracts';
import { repositoryRoot, type RestoredArchive } from '@causeway/provisioning';
import { until } from '@causeway/testing';
import { parseInput } from '../command.ts';
import { ledger } from '../commands/ledger.ts';
import { connectAsSre } from '../sre-bus.ts';
import { inHome, startVictim, type Ended, type Victim } from '../verify/tampering.features.ts';
import { archiveInto, restoreFrom, type ArchiveOrders, type Place } from './archive.ts';

const meta = { id: 'test', actor: { kind: 'operator', id: 'ann' } } as const;
const valueOf = <T>(reply: ReplyEnvelope<T>): T => {
  if (!reply.ok) throw new Error(`${reply.rejection.code}: ${reply.rejection.detail}`);
  return reply.value;
};
const PROGRAM = join(repositoryRoot, 'services', 'audit-ledger', 'dist', 'restore.js');

let victim: Victim;
let place: string;
let orders: ArchiveOrders;
const at = (...names: string[]): string => join(place, ...names);
const run = (...args: string[]) => inHome(victim.home, (io) => ledger.run(parseInput(args, ledger), io));
const inPlace = (work: (place: Place) => Promise<number>): Promise<Ended> =>
  inHome(victim.home, async (io) => {
    const bus = await connectAsSre();
    return work({ bus, home: victim.home, io, orders, vkeys: [] }).finally(() => bus.close());
  });
const archive = (before: number, out: string) =>
  inPlace((where) => archiveInto(where, { from: undefined, before, out, reason: 'old' }));
const restore = (path: string) => inPlace((where) => restoreFrom(where, { path, reason: 'wanted' }));

/** Appends a run that is over, with some events whose data stands beside their leaves. */
async function finishedRun(): Promise<void> {
  const events = [...Array.from({ length: 60 }, (_, n) => n), 'end'].map((n): EventToAppend => ({
    ...{ id: randomUUID(), type: n === 'end' ? 'run.done' : n === 0 ? 'run.started' : 'run.claimed' },
    data: { note: `claim ${n}` },
  }));
  const write = { stream: `run_${randomUUID().replaceAll('-', '')}`, expected: 'none' as const, events };
  const bus = await victim.bus('run-orchestrator');
  valueOf(await bus.request(appendBy('run-orchestrator'), { appendId: randomUUID(), writes: [write] }, meta));
}

beforeAll(async () => {
  victim = await startVictim();
  place = mkdtempSync(join(tmpdir(), 'causeway-archive-'));
  for (let n = 0; n < 10; n++) await finishedRun();
  const bus = await victim.bus('gateway');
  orders = {
    archive: async (range) =>
      valueOf(await bus.request(archiveRange, { ...range, archiveId: randomUUID() }, meta, { timeoutMs: 20_000 })),
    restore: async (order) => valueOf(await bus.request(restoreRange, { ...order, restorationId: randomUUID() }, meta)),
    putBack: (folder) =>
      new Promise<RestoredArchive>((resolve, reject) => {
        execFile(
          process.execPath,
          [PROGRAM, folder],
          { env: { PATH: process.env['PATH'], ...victim.env } },
          (error, out, err) => (error ? reject(new Error(err)) : resolve(JSON.parse(out) as RestoredArchive)),
        );
      }),
  };
  await until(
    'all of the range is published',
    async () => Number((await victim.sql('select position from publication'))[0]!['position']) >= 512,
  );
  expect(await run('export', '--from', '0', '--to', '512', '--out', at('before'))).toMatchObject({ code: 0 });
}, 120_000);
afterAll(async () => {
  await victim?.stop();
  if (place) rmSync(place, { recursive: true, force: true });
}, 60_000);

describe('ledger archive', () => {
  it('does not take a bundle that does not verify, nor one of another range', async () => {
    cpSync(at('before'), at('spoilt'), { recursive: true });
    const lines = readFileSync(at('spoilt', 'events.ndjson'), 'utf8').split('\n');
    writeFileSync(at('spoilt', 'events.ndjson'), lines.toSpliced(300, 1).join('\n'));
    expect(await archive(512, at('spoilt'))).toMatchObject({
      code: 1,
      out: expect.stringContaining('does not verify'),
    });
    await expect(archive(256, at('before'))).rejects.toThrow('holds the positions 0 to before 512');
    expect(await victim.sql('select from event where leaf is null')).toEqual([]);
  });

  it('exports, verifies, takes out, and says what to keep', async () => {
    const { code, out } = await archive(600, at('archive.tar'));
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^Archived 4\d\d events of the positions 0 to before 512;/m),
    ]);
    expect(out).toContain('archive.tar: nothing else holds what they say');
    const again = await archive(600, at('archive.tar'));
    expect(again.out.split(';')[0]).toBe(out.split(';')[0]);
  });

  it('leaves a log that verifies, and says that bodies are elsewhere', async () => {
    const { code, out } = await victim.verify();
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/note: \d+ events of the positions 0 to before 512 are archived/),
    ]);
    const whole = await victim.verify('--archive', at('archive.tar'));
    expect([whole.code, whole.out]).toEqual([0, expect.not.stringContaining('are archived')]);
  });

  it('has an export say what it cannot hold', async () => {
    const { code, out } = await run('export', '--out', at('all'));
    expect([code, out]).toEqual([1, expect.stringContaining('read it there, or put it back')]);
    expect(existsSync(at('all'))).toBe(false);
    expect(await run('export', '--from', '512', '--out', at('rest'))).toMatchObject({ code: 0 });
  });
});

describe('whoever controls the database, or the bundle', () => {
  const stub = 'position = 300';
  const restoring = async (change: string) => {
    await victim.sql(`create table kept as select * from event where ${stub}`);
    await victim.sql(change);
    const ended = await victim.verify('--archive', at('archive.tar'));
    const bare = await victim.verify();
    await victim.sql(`delete from event where ${stub}; insert into event select * from kept; drop table kept`);
    return { ended, bare };
  };

  it.each([
    [
      'an archived row put back with other bytes',
      'LEAF_HASH_MISMATCH',
      `update event set leaf = '\\x7b7d', archived_by = null where ${stub}`,
    ],
    ['its hash changed', 'CHAIN_BROKEN', `update event set leaf_hash = sha256('x') where ${stub}`],
    ['its row gone', 'POSITION_GAP', `delete from event where ${stub}`],
    ['it named as of no archive', 'LEAF_MISSING', `update event set archived_by = 7 where ${stub}`],
  ])('is found out: %s', async (_, told, change) => {
    const { bare } = await restoring(change);
    expect([bare.code, bare.out]).toEqual([1, expect.stringContaining(`position 300: ${told}`)]);
  });

  it.each([
    ['id', `update event set id = gen_random_uuid() where ${stub}`],
    ['type', `update event set type = 'step.denied' where ${stub}`],
    ['scope', `update event set scope = 'other' where ${stub}`],
  ])('is found out with the bundle: the %s of an archived row changed', async (_, change) => {
    const { ended } = await restoring(change);
    expect([ended.code, ended.out]).toEqual([1, expect.stringContaining('position 300: FIELD_MISMATCH')]);
  });

  it('is found out: a bundle that lost a row, one with another row, one of another log', async () => {
    const lines = readFileSync(at('before', 'events.ndjson'), 'utf8').split('\n');
    cpSync(at('before'), at('lost'), { recursive: true });
    const check = async (changed: readonly string[]) => {
      writeFileSync(at('lost', 'events.ndjson'), changed.join('\n'));
      return victim.verify('--archive', at('lost'));
    };
    expect(await check(lines.toSpliced(300, 1))).toMatchObject({
      code: 1,
      out: expect.stringContaining('position 300: LEAF_MISSING'),
    });
    const { leaf } = JSON.parse(lines[301]!) as { leaf: string };
    const other = JSON.stringify({ ...(JSON.parse(lines[300]!) as object), leaf });
    expect(await check(lines.with(300, other))).toMatchObject({
      code: 1,
      out: expect.stringContaining('position 300: LEAF_HASH_MISMATCH'),
    });
    const manifest = readFileSync(at('lost', 'bundle.json'), 'utf8').replace(
      'ledger.test/tampering',
      'ledger.test/elsewhere',
    );
    writeFileSync(at('lost', 'bundle.json'), manifest);
    expect(await check(lines)).toMatchObject({
      code: 2,
      out: expect.stringContaining('of the log ledger.test/elsewhere'),
    });
    await expect(restore(at('lost'))).resolves.toMatchObject({ code: 1 });
  });
});

describe('ledger restore-archive', () => {
  it('does not take a bundle that no archive was made from', async () => {
    await expect(restore(at('rest'))).rejects.toThrow('no archive of this ledger was made from a bundle');
  });

  it('puts every byte back', async () => {
    const { code, out } = await restore(at('archive.tar'));
    expect([code, out]).toEqual([0, expect.stringMatching(/^Restored 4\d\d events of the positions 0 to before 512/m)]);
    expect(await run('export', '--from', '0', '--to', '512', '--out', at('after'))).toMatchObject({ code: 0 });
    const events = (name: string) => readFileSync(at(name, 'events.ndjson'), 'utf8');
    expect(events('after')).toBe(events('before'));
    const ended = await victim.verify();
    expect([ended.code, ended.out]).toEqual([0, expect.not.stringContaining('archived')]);
  });
});
