import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { getCheckpoint, getHead, getLogKeys, type ReplyEnvelope } from '@causeway/contracts';
import { openCheckpoint, parseVerifierKey } from '@causeway/ledger';
import { connectBus, type Bus } from '@causeway/messaging';
import { killService, knownPorts, natsPassword, startInstance, witnessPaths } from '@causeway/provisioning';
import { apiOf, aText, type Api } from './api.ts';
import { causeway } from './program.ts';
import { startSystem, START_TIMEOUT_MS, STOP_TIMEOUT_MS, type System } from './system.ts';

const meta = { id: 'e2e', actor: { kind: 'system', id: 'e2e' } } as const;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const WAIT_MS = 30_000;

const valueOf = <T>(reply: ReplyEnvelope<T>): T => {
  if (!reply.ok) throw new Error(`${reply.rejection.code}: ${reply.rejection.detail}`);
  return reply.value;
};

describe('the witness', () => {
  let system: System;
  let api: Api;
  let bus: Bus;
  beforeAll(async () => {
    system = await startSystem();
    api = apiOf(system);
    const password = natsPassword(system.home, 'sre');
    bus = await connectBus({ url: system.natsUrl, user: 'sre', password, name: 'e2e', log: silent });
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await bus.close();
    await system.stop();
  }, STOP_TIMEOUT_MS);

  const logKeys = async () => valueOf(await bus.request(getLogKeys, {}, meta));
  const newest = async () => valueOf(await bus.request(getCheckpoint, {}, meta));
  const headOf = async () => valueOf(await bus.request(getHead, {}, meta)).nextPosition;
  const vkey = (): string => readFileSync(witnessPaths(system.home).vkey, 'utf8').trim();
  const witness = async () => {
    const { witnesses } = await logKeys();
    expect(witnesses.map((view) => view.vkey)).toEqual([vkey()]);
    return witnesses[0]!;
  };

  /** Makes the log grow; resolves to its size then. */
  async function grow(): Promise<number> {
    const step = await api.step(await api.startWork('agent-witnessed'), 'keep', aText('A text'));
    expect(step.status).toBe(200);
    return headOf();
  }

  async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + WAIT_MS;
    while (!(await holds())) {
      if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
      await sleep(100);
    }
  }
  const cosigned = (size: number): Promise<void> =>
    until(`the witness cosigned ${size} events`, async () => (await witness()).cosignedSize >= size);

  it('cosigns what the running log signs, and both signatures verify with keys from their own folders', async () => {
    const size = await grow();
    await cosigned(size);
    const { origin, keys } = await logKeys();
    const { note, cosignedBy } = await newest();
    const known = [...keys.map((key) => key.vkey), vkey()].map(parseVerifierKey);
    const opened = openCheckpoint(note, origin, known);
    expect(opened.size).toBeGreaterThanOrEqual(size);
    expect(opened.verified.map(({ algorithm }) => algorithm).sort()).toEqual(['cosignature-v1', 'ed25519']);
    expect(cosignedBy).toEqual([parseVerifierKey(vkey()).name]);
    expect(await witness()).not.toHaveProperty('problem');
    const metrics = await fetch(`http://127.0.0.1:${knownPorts(system.home)['audit-ledger']}/metrics`);
    const shown = /^causeway_ledger_witness_cosigned_size\{[^}]*\} (\d+)$/m.exec(await metrics.text())?.[1];
    expect(Number(shown)).toBeGreaterThanOrEqual(size);
  });

  it('is missed and not needed when it is killed, and cosigns again when it is back', async () => {
    await killService('witness', 'SIGKILL', { home: system.home });
    const size = await grow();
    await until('its absence is told', async () => (await witness()).problem !== undefined);
    await until('the log signs on', async () => (await newest()).size >= size);
    expect((await witness()).cosignedSize).toBeLessThan(size);

    const before = vkey();
    expect((await startInstance({ home: system.home })).started).toEqual(['witness']);
    expect(vkey()).toBe(before);
    await cosigned(size);
    await until('nothing is wrong any more', async () => (await witness()).problem === undefined);
  }, 90_000);

  it('cosigns on when the log changes its key, and nobody starts anything', async () => {
    const keyFile = join(system.home, 'admin.key');
    writeFileSync(keyFile, system.keys.admin);
    const change = (...args: readonly string[]) =>
      causeway(system.home, 'keys', 'log', ...args, '--reason', 'a test', '--key-file', keyFile);
    const [first] = (await logKeys()).keys;
    expect(await change('add')).toMatchObject({ exitCode: 0 });
    expect(await change('retire', first!.vkey)).toMatchObject({ exitCode: 0 });
    await cosigned(await grow());
    expect(await witness()).not.toHaveProperty('problem');
  }, 90_000);
});
