import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '@causeway/provisioning';

const DIGEST = 'd'.repeat(64);
const approval = {
  approvalId: 'ap1',
  state: 'pending',
  digest: DIGEST,
  reason: 'posts outside',
  content: { capability: 'network.http-fetch', input: { url: 'http://x/\u001b[2K' }, expiresAt: 'soon', agentId: 'a' },
};

const item = { kind: 'unknown-step', severity: 'high', since: 'now', runId: 'run_1', stepId: 's1', agentId: 'a' };
function answerTo(line: string): unknown {
  if (line.includes('/v1/waiting'))
    return { waiting: [{ ...item, summary: 'who knows', next: ['look there'] }], total: 2 };
  if (line.startsWith('GET /v1/grants')) return { grants: [] };
  if (line.startsWith('POST /v1/policy'))
    return { policy: { pack: 'p', version: '1', digest: DIGEST }, active: true, revoked: [] };
  const content = { ...approval.content, ...(line.includes('stated') ? { statement: 'I approve this.' } : {}) };
  return { ...approval, content, ...(line.startsWith('POST') ? { state: 'granted', given: [] } : {}) };
}

describe('the command line', () => {
  let home: string;
  let gateway: Server;
  const requests: { readonly line: string; readonly authorization?: string; readonly body: string }[] = [];

  beforeAll(async () => {
    gateway = createServer((request, response) => {
      let body = '';
      request.on('data', (part) => (body += part));
      request.on('end', () => {
        const line = `${request.method} ${request.url}`;
        requests.push({
          line,
          body,
          ...(request.headers.authorization && { authorization: request.headers.authorization }),
        });
        const problem = { title: 'No such run', detail: 'there is no run r1', code: 'RUN_NOT_FOUND' };
        const isRun = line.includes('/v1/runs/');
        response.writeHead(isRun ? 404 : 200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(isRun ? problem : answerTo(line)));
      });
    });
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    home = mkdtempSync(join(tmpdir(), 'causeway-cli-'));
    const ports = { gateway: (gateway.address() as AddressInfo).port };
    writeFileSync(join(home, 'instance.json'), JSON.stringify({ version: 1, ports, natsUrl: 'nats://127.0.0.1:1' }));
    mkdirSync(join(home, 'secrets'));
    for (const id of ['local-operator', 'local-approver'])
      writeFileSync(join(home, 'secrets', `${id}.key`), `key-of-${id}\n`);
  });
  beforeEach(() => requests.splice(0));
  afterAll(() => {
    gateway.close();
    rmSync(home, { recursive: true });
  });

  const causeway = (
    args: readonly string[],
    input = '',
    at = home,
  ): Promise<{ code: number | null; out: string; err: string }> =>
    new Promise((resolve) => {
      const main = join(repositoryRoot, 'cli', 'src', 'main.ts');
      const child = spawn(process.execPath, ['--conditions=@causeway/source', main, ...args], {
        env: { PATH: process.env['PATH'], CAUSEWAY_HOME: at },
      });
      let [out, err] = ['', ''];
      child.stdout.on('data', (part) => (out += part));
      child.stderr.on('data', (part) => (err += part));
      child.on('close', (code) => resolve({ code, out, err }));
      child.stdin.end(input);
    });

  it('ends with 2 and says what to do when it does not understand', async () => {
    expect(await causeway(['fly'])).toEqual({
      code: 2,
      out: '',
      err: 'causeway: there is no verb "fly"; `./causeway help` lists them\n',
    });
    const unknown = await causeway(['status', '--nope']);
    expect([unknown.code, unknown.err]).toEqual([
      2,
      "causeway: Unknown option '--nope'; see `./causeway status --help`\n",
    ]);
  });

  it('shows its verbs, and more about each', async () => {
    const [plain, more] = [await causeway([]), await causeway(['down', '--help'])];
    expect([plain.code, plain.out.startsWith('Usage: ./causeway <verb>')]).toEqual([0, true]);
    expect([more.code, more.out.startsWith('./causeway down')]).toEqual([0, true]);
  });

  it('says that nothing runs, and ends with 1', async () => {
    const { code, out } = await causeway(['status', '--json'], '', join(home, 'empty'));
    expect(code).toBe(1);
    expect((JSON.parse(out) as { state: string }[]).every(({ state }) => state === 'stopped')).toBe(true);
  });

  it('sends the files of a pack as they take effect here, and nothing of one with problems', async () => {
    const pack = join(repositoryRoot, 'deploy', 'policy', 'default');
    const { code, out } = await causeway(['policy', 'activate', pack, '--reason', 'new rules']);
    expect([code, out]).toEqual([0, `p 1 (${DIGEST}) decides about runs that start from here on.\n`]);
    const [sent] = requests.splice(0);
    const { files, reason } = JSON.parse(sent!.body) as { files: Record<string, string>; reason: string };
    expect([sent!.line, reason, Object.keys(files).sort()]).toEqual([
      ...['POST /v1/policy', 'new rules', ['constitution.cedar', 'pack.yaml', 'policy.cedar']],
    ]);
    expect(files['pack.yaml']).toContain('host: content.demo.internal');
    expect((await causeway(['policy', 'activate', home, '--reason', 'x'])).code).toBe(1);
    expect(requests).toEqual([]);
  });

  it('grants exactly what it showed, once the person agrees', async () => {
    const { code, out } = await causeway(['approvals', 'grant', 'ap1', '--reason', 'fine'], 'y\n');
    expect(code).toBe(0);
    expect(out).toContain('network.http-fetch');
    expect(out).not.toContain('\u001b');
    expect(requests.map(({ line }) => line)).toEqual(['GET /v1/approvals/ap1', 'POST /v1/approvals/ap1/grant']);
    expect(JSON.parse(requests[1]?.body ?? '')).toEqual({ digest: DIGEST, reason: 'fine' });
    expect(requests[1]?.authorization).toBe('Bearer key-of-local-approver');
  });

  it.each(['n\n', '\n', '', 'yesterday\n'])('grants nothing when the answer is %j', async (answer) => {
    const { code, err } = await causeway(['approvals', 'grant', 'ap1'], answer);
    expect(code).toBe(1);
    expect(err).toContain('Nothing was granted.');
    expect(requests.map(({ line }) => line)).toEqual(['GET /v1/approvals/ap1']);
  });

  it('asks the statement back where there is one, and sends what the person gave', async () => {
    const { code, out } = await causeway(['approvals', 'grant', 'stated'], 'I approve this.\n');
    expect([code, out.includes('Statement:\nI approve this.')]).toEqual([0, true]);
    expect(JSON.parse(requests[1]?.body ?? '')).toMatchObject({ digest: DIGEST, statement: 'I approve this.' });
    requests.splice(0);
    expect(await causeway(['approvals', 'grant', 'stated'], '')).toMatchObject({ code: 1 });
    expect(requests.map(({ line }) => line)).toEqual(['GET /v1/approvals/stated']);
    for (const more of [['--yes'], ['--statement', 'I approve this.']]) {
      requests.splice(0);
      expect(await causeway(['approvals', 'grant', 'stated', ...more])).toMatchObject({ code: 0 });
      expect(JSON.parse(requests[1]?.body ?? '')).toMatchObject({ statement: 'I approve this.' });
    }
  });

  it('grants more steps beforehand only when it is told how many, until when, and what stays equal', async () => {
    const terms = ['--uses', '3', '--until', '2026-01-01T00:00:00Z'];
    expect(await causeway(['approvals', 'grant', 'ap1', '--yes', ...terms])).toMatchObject({ code: 2 });
    expect(requests).toEqual([]);
    const all = [...terms, '--match', 'url', '--match', 'method'];
    expect(await causeway(['approvals', 'grant', 'ap1', '--yes', ...all])).toMatchObject({ code: 0 });
    expect(JSON.parse(requests[1]?.body ?? '')).toMatchObject({
      standing: { uses: 3, until: '2026-01-01T00:00:00Z', match: ['url', 'method'] },
    });
  });

  it('returns a request with feedback, and takes a suggestion only as JSON', async () => {
    const back = ['approvals', 'return', 'ap1', '--feedback', 'shorter', '--suggest'];
    expect(await causeway([...back, '{"body":"x"}'])).toMatchObject({ code: 0 });
    expect(requests[0]?.line).toBe('POST /v1/approvals/ap1/return');
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({ feedback: 'shorter', suggestedInput: { body: 'x' } });
    expect(await causeway([...back, 'body=x'])).toMatchObject({ code: 2 });
  });

  it('shows what waits, with what to do, and says what became of a step', async () => {
    const { code, out } = await causeway(['waiting']);
    expect(code).toBe(0);
    expect(out).toContain('HIGH  unknown-step  run_1 s1  since now');
    expect(out).toContain('  - look there');
    expect(out).toContain('1 more wait behind these.');
    const acknowledge = ['waiting', 'acknowledge', 'r1', 's1', '--finding', 'happened'];
    expect(await causeway(acknowledge)).toMatchObject({ code: 2 });
    requests.splice(0);
    await causeway([...acknowledge, '--note', 'asked them']);
    expect(requests[0]).toMatchObject({ line: 'POST /v1/runs/r1/steps/s1/acknowledge' });
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({ finding: 'happened', note: 'asked them' });
    expect(requests[0]?.authorization).toBe('Bearer key-of-local-operator');
  });

  it('lists standing grants, and revokes one', async () => {
    expect((await causeway(['grants'])).out).toContain('GRANT  STATE  USED');
    expect(await causeway(['grants', 'revoke', 'grt_1'])).toMatchObject({ code: 2 });
    expect(await causeway(['grants', 'revoke', 'grt_1', '--reason', 'enough'])).toMatchObject({ code: 0 });
    expect(requests.map(({ line }) => line)).toEqual(['GET /v1/grants', 'POST /v1/grants/grt_1/revoke']);
  });

  it("shows the gateway's reason for a refusal and ends with 1", async () => {
    const { code, err } = await causeway(['runs', 'cancel', 'r1', '--reason', 'enough']);
    expect([code, err]).toEqual([1, 'causeway: No such run: there is no run r1 (RUN_NOT_FOUND)\n']);
    expect(requests[0]?.authorization).toBe('Bearer key-of-local-operator');
  });

  it.each([
    [['run', 'r1'], { scope: 'run', id: 'r1' }],
    [['step', 'r1/s1'], { scope: 'step', id: 'r1/s1' }],
    [['everything'], { scope: 'everything' }],
  ])('pulls the kill switch for %j, with the reason', async (args, named) => {
    const { code } = await causeway(['kill', ...args, '--reason', 'it runs wild']);
    expect(code).toBe(0);
    expect(requests.map(({ line }) => line)).toEqual(['POST /v1/kill']);
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({ ...named, reason: 'it runs wild' });
    expect(requests[0]?.authorization).toBe('Bearer key-of-local-operator');
  });

  it.each([
    [['kill', 'run', 'r1']],
    [['kill', 'run', '--reason', 'x']],
    [['kill', 'everything', 'r1', '--reason', 'x']],
    [['kill', 'moon', '--reason', 'x']],
    [['kill', 'lift', '--reason', 'x']],
    [['runs', 'signal', 'r1']],
    [['runs', 'signal', 'r1', 'paid', '--data', '{']],
  ])('asks for what is missing in place of guessing: %j', async (args) => {
    expect([(await causeway(args)).code, requests]).toEqual([2, []]);
  });

  it.each([
    [['pause', '--reason', 'lunch'], 'pause', { cause: 'operator', reason: 'lunch' }],
    [['resume'], 'resume', {}],
    [['signal', 'paid', '--data', '{"invoice":7}'], 'signal', { name: 'paid', data: { invoice: 7 } }],
  ])('tells a run to %j', async ([action = '', ...more], path, body) => {
    await causeway(['runs', action, 'r1', ...more]);
    expect(requests.map(({ line }) => line)).toEqual([`POST /v1/runs/r1/${path}`]);
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual(body);
  });

  it('ends with 2 when the gateway does not answer', async () => {
    const silent = mkdtempSync(join(tmpdir(), 'causeway-cli-'));
    writeFileSync(
      join(silent, 'instance.json'),
      JSON.stringify({ version: 1, ports: { gateway: 1 }, natsUrl: 'nats://x:1' }),
    );
    mkdirSync(join(silent, 'secrets'));
    writeFileSync(join(silent, 'secrets', 'local-operator.key'), 'key\n');
    const { code, err } = await causeway(['runs'], '', silent);
    rmSync(silent, { recursive: true });
    expect([code, err]).toEqual([
      2,
      'causeway: the gateway at http://127.0.0.1:1 does not answer (ECONNREFUSED); `./causeway status` says what runs\n',
    ]);
  });
});
