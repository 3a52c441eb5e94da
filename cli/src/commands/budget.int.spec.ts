import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '@causeway/provisioning';

const STATUS = { steps: { limit: 7, used: 3, reserved: 1 }, wallClockMs: { limit: 60_000, used: 10 } };
const POOL = {
  ...{ poolId: 'pool_1', level: 'agent', owner: 'reader', team: 'blue', period: '2026-01-01' },
  ...{ limits: { steps: 5, bytesIn: 9 }, extended: { steps: 2 }, given: { steps: 4 } },
};

function answerTo(line: string): unknown {
  if (line.startsWith('GET /v1/pools')) return { pools: [POOL] };
  return line.includes('/v1/pools/') ? POOL : { runId: 'run_1', budget: STATUS };
}

describe('budgets on the command line', () => {
  let home: string;
  let gateway: Server;
  const requests: { readonly line: string; readonly credential: string | undefined; readonly body: string }[] = [];

  beforeAll(async () => {
    gateway = createServer((request, response) => {
      let body = '';
      request.on('data', (part) => (body += part));
      request.on('end', () => {
        const line = `${request.method} ${request.url}`;
        requests.push({ line, body, credential: request.headers.authorization });
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answerTo(line)));
      });
    });
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    home = mkdtempSync(join(tmpdir(), 'causeway-cli-'));
    const ports = { gateway: (gateway.address() as AddressInfo).port };
    writeFileSync(join(home, 'instance.json'), JSON.stringify({ version: 1, ports, natsUrl: 'nats://127.0.0.1:1' }));
    mkdirSync(join(home, 'secrets'));
    writeFileSync(join(home, 'secrets', 'local-operator.key'), 'key-of-operator\n');
  });
  beforeEach(() => requests.splice(0));
  afterAll(() => {
    gateway.close();
    rmSync(home, { recursive: true });
  });

  const budget = (...args: readonly string[]): Promise<{ readonly code: number | null; readonly out: string }> =>
    new Promise((resolve) => {
      const main = join(repositoryRoot, 'cli', 'src', 'main.ts');
      const child = spawn(process.execPath, ['--conditions=@causeway/source', main, 'budget', ...args], {
        env: { PATH: process.env['PATH'], CAUSEWAY_HOME: home },
      });
      let out = '';
      child.stdout.on('data', (part) => (out += part));
      child.on('close', (code) => resolve({ code, out }));
      child.stdin.end();
    });
  const rowsOf = (out: string): string[][] =>
    out
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/ {2,}/));

  it('are shown meter by meter: limit, used, reserved', async () => {
    const { code, out } = await budget('show', 'run_1');
    expect([code, requests.map(({ line }) => line)]).toEqual([0, ['GET /v1/runs/run_1']]);
    expect(rowsOf(out)).toEqual([
      ['METER', 'LIMIT', 'USED', 'RESERVED'],
      ['steps', '7', '3', '1'],
      ['wallClockMs', '60000', '10', '-'],
    ]);
  });

  it.each([
    ['run_1', 'POST /v1/runs/run_1/budget', ['steps', '7', '3', '1']],
    ['pool_1', 'POST /v1/pools/pool_1/budget', ['pool_1', 'agent', 'reader in blue', '2026-01-01', 'steps', '7', '4']],
  ])('are raised, with the reason, for %s', async (id, line, row) => {
    const { code, out } = await budget('extend', id, '--meter', 'steps', '--by', '2', '--reason', 'nearly done');
    expect([code, requests.map((one) => one.line)]).toEqual([0, [line]]);
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({ meter: 'steps', delta: 2, reason: 'nearly done' });
    expect(requests[0]?.credential).toBe('Bearer key-of-operator');
    expect(rowsOf(out)).toContainEqual(row);
  });

  it('are listed as pools, with what was added to their limits', async () => {
    const { code, out } = await budget('pools', '--level', 'agent');
    expect([code, requests.map(({ line }) => line)]).toEqual([0, ['GET /v1/pools?level=agent']]);
    expect(rowsOf(out).slice(1)).toEqual([
      ['pool_1', 'agent', 'reader in blue', '2026-01-01', 'steps', '7', '4'],
      ['pool_1', 'agent', 'reader in blue', '2026-01-01', 'bytesIn', '9', '0'],
    ]);
    expect(JSON.parse((await budget('pools', '--json')).out)).toEqual({ pools: [POOL] });
  });

  it.each([
    [['extend', 'run_1', '--meter', 'steps', '--by', '2']],
    [['extend', 'run_1', '--meter', 'steps', '--by', '0', '--reason', 'x']],
    [['extend', 'run_1', '--by', '2', '--reason', 'x']],
    [['show']],
    [['spend', 'run_1']],
  ])('ask for what is missing in place of guessing: %j', async (args) => {
    expect([(await budget(...args)).code, requests]).toEqual([2, []]);
  });
});
