import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { homePaths, witnessPaths } from '@causeway/provisioning';
import { parseInput } from './command.ts';
import { keys } from './commands/keys.ts';
import { inHome, type Ended } from './verify/tampering.features.ts';

const at = '2026-01-01T00:00:00.000Z';

describe('changing the keys of the log', () => {
  let home: string;
  let gateway: Server;
  /** What the signer publishes once the gateway has been asked. */
  let published: readonly object[];

  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), 'causeway-keys-'));
    gateway = createServer((_, response) => {
      write(join(homePaths(home).signer, 'keys.json'), { keys: published });
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ vkey: 'second', position: 7 }));
    });
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    const ports = { gateway: (gateway.address() as AddressInfo).port };
    write(homePaths(home).instance, { version: 1, ports, natsUrl: 'nats://127.0.0.1:1' });
    writeFileSync(join(home, 'admin.key'), 'key\n');
  });
  afterEach(() => {
    gateway.close();
    rmSync(home, { recursive: true });
  });

  function write(path: string, content: object): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify(content));
  }
  const trusting = (...vkeys: string[]): void => write(witnessPaths(home).logs, { logs: [{ origin: 'a/b', vkeys }] });
  const trusted = (): readonly string[] =>
    (JSON.parse(readFileSync(witnessPaths(home).logs, 'utf8')) as { logs: { vkeys: string[] }[] }).logs[0]!.vkeys;
  const change = (...args: string[]): Promise<Ended> => {
    const all = ['log', ...args, '--reason', 'a test', '--key-file', join(home, 'admin.key')];
    return inHome(home, (io) => keys.run(parseInput(all, keys), io));
  };

  it('lets the witness of the instance trust a key as soon as it is added', async () => {
    trusting('first');
    published = [
      { vkey: 'first', addedAt: at },
      { vkey: 'second', addedAt: at },
    ];
    expect(await change('add')).toMatchObject({
      code: 0,
      out: expect.stringContaining('trusts the keys that sign now'),
    });
    expect(trusted()).toEqual(['first', 'second']);
  });

  it('lets it forget a key that is retired', async () => {
    trusting('first', 'second');
    published = [
      { vkey: 'first', addedAt: at, retiredAt: at },
      { vkey: 'second', addedAt: at },
    ];
    expect(await change('retire', 'first')).toMatchObject({ code: 0 });
    expect(trusted()).toEqual(['second']);
  });

  it('makes no witness where there is none', async () => {
    published = [{ vkey: 'second', addedAt: at }];
    expect(await change('add')).toMatchObject({ code: 0 });
    expect(() => trusted()).toThrow('ENOENT');
  });

  it('has changed them, and says so, when the witness cannot be told', async () => {
    trusting('first');
    published = [];
    const { code, out } = await change('add');
    expect([code, trusted()]).toEqual([0, ['first']]);
    expect(out).toMatch(/^second\n.*does not know the keys that sign now: .*\.\/causeway up tells it/);
  });
});
