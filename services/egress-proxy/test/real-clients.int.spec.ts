import { createHash, randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  formatId,
  getRun,
  openSession,
  readAll,
  revokeSession,
  startRun,
  type MessageContract,
  type RecordedEvent,
  type ReplyOf,
} from '@causeway/contracts';
import type { Bus } from '@causeway/messaging';
import { repositoryRoot } from '@causeway/provisioning';
import {
  debianProgram,
  npmProgram,
  runProgram,
  selfSigned,
  startServiceProcess,
  testInfrastructure,
  type Ran,
  type ServiceProcess,
  type TestInfrastructure,
} from '@causeway/testing';
import { clientsPack } from './clients-pack.ts';
import { destination, type Destination, type Seen } from './destination.ts';
import { basic, connectVia, tlsIn, viaProxy } from './proxied.ts';

const HOST = 'site.internal';
const TOKEN = `cwa_${randomBytes(32).toString('base64url')}`;
const identity = selfSigned(HOST);
const LOOKED = 'looked.internal';
const lookedIdentity = selfSigned(LOOKED);
const OPERATOR = { kind: 'operator', id: 'olga' } as const;
const newId = (kind: 'session' | 'run') => formatId(kind, randomBytes(16));

type Intercepted = { readonly intercepted: { readonly requests: number } };

/** Asks three times for an address, by way of a proxy; what it trusts is Node's own business (NODE_EXTRA_CA_CERTS). */
const UNDICI = `
  import { ProxyAgent, request } from 'undici';
  const [proxy, url] = process.argv.slice(1);
  const dispatcher = new ProxyAgent(proxy);
  for (let n = 0; n < 3; n++) process.stdout.write(await (await request(url, { dispatcher })).body.text());
  await dispatcher.close();`;

describe('clients that know nothing but a proxy', () => {
  let infrastructure: TestInfrastructure;
  let folder: string;
  let processes: ServiceProcess[];
  let proxies: number[];
  let gateway: Bus;
  let runId: string;
  let sessionId: string;
  const servers: Record<'pages' | 'git' | 'registry' | 'plain', Destination> = {} as never;
  let looked: Destination;
  const files = new Map<string, Buffer>();

  const respond = ({ target }: Seen, response: Parameters<Parameters<typeof destination>[0]>[1]): void => {
    const file = files.get(new URL(target, 'http://x').pathname);
    if (!file) response.writeHead(404);
    response.end(file ?? 'not here');
  };

  const ask = async <C extends MessageContract>(contract: C, data: C['data']['_zod']['input']): Promise<ReplyOf<C>> => {
    const reply = await gateway.request(
      contract,
      data,
      { id: randomBytes(8).toString('hex'), actor: OPERATOR },
      { timeoutMs: 20_000 },
    );
    if (!reply.ok) throw new Error(`${reply.rejection.code}: ${reply.rejection.detail}`);
    return reply.value;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'causeway-clients-'));
    writeFileSync(join(folder, 'ca.pem'), identity.cert);
    for (const name of ['pages', 'git', 'registry'] as const)
      servers[name] = await destination(respond, { ...identity, ALPNProtocols: ['http/1.1'] });
    servers.plain = await destination(respond);
    looked = await destination(respond, { ...lookedIdentity, ALPNProtocols: ['http/1.1'] });
    writeFileSync(join(folder, 'looked.pem'), lookedIdentity.cert);
    writeFileSync(join(folder, 'intercept-key'), randomBytes(32).toString('hex'), { mode: 0o400 });
    infrastructure = await testInfrastructure();
    const pack = join(folder, 'pack');
    mkdirSync(pack);
    const ports = Object.fromEntries(Object.entries(servers).map(([name, { port }]) => [name, port]));
    for (const [name, text] of Object.entries(clientsPack(HOST, ports, { host: LOOKED, port: looked.port })))
      writeFileSync(join(pack, name), text);
    const database = await infrastructure.database();
    const told = { CAUSEWAY_POLICY_DIR: pack, CAUSEWAY_PROFILE: 'dev' };
    const ledger = {
      ...infrastructure.environment('audit-ledger', database),
      CAUSEWAY_LEDGER_ORIGIN: 'ledger.test/proxy',
    };
    processes = [await startServiceProcess('audit-ledger', ledger)];
    const orchestrator = { ...infrastructure.environment('run-orchestrator', database), ...told };
    processes.push(await startServiceProcess('run-orchestrator', orchestrator));
    for (const instance of ['egress-1', 'egress-2']) {
      const own = {
        ...{ CAUSEWAY_INSTANCE: instance, CAUSEWAY_PROXY_PORT: '0' },
        CAUSEWAY_EGRESS_CA_FILE: join(folder, 'looked.pem'),
        CAUSEWAY_INTERCEPT_KEY_FILE: join(folder, 'intercept-key'),
      };
      processes.push(
        await startServiceProcess('egress-proxy', { ...infrastructure.environment('egress-proxy'), ...told, ...own }),
      );
    }
    proxies = processes.flatMap((one) => /"proxyPort":(\d+)/.exec(one.output())?.slice(1).map(Number) ?? []);
    await Promise.all(processes.map((one) => one.ready()));
    gateway = await infrastructure.connect('gateway');
    [sessionId, runId] = [newId('session'), newId('run')];
    const tokenSha256 = createHash('sha256').update(TOKEN).digest('hex');
    await ask(openSession, { sessionId, agentId: 'worker', tokenSha256 });
    await ask(startRun, { runId, sessionId, goal: 'fetch things', predicate: { kind: 'manual' } });
  }, 180_000);

  afterAll(async () => {
    await Promise.all([...(processes ?? [])].reverse().map((one) => one.kill()));
    await Promise.all([looked, ...Object.values(servers)].map((server) => server.close()));
    await infrastructure?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  const proxyUrl = (n = 0): string => `http://${runId}:${TOKEN}@127.0.0.1:${proxies[n]}`;
  const environment = (n = 0) => ({
    HTTPS_PROXY: proxyUrl(n),
    https_proxy: proxyUrl(n),
    http_proxy: proxyUrl(n),
    NO_PROXY: '',
  });
  const run = (program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> =>
    runProgram(program, args, { cwd: folder, env: { ...environment(), ...env } });
  const urlOf = (name: keyof typeof servers, path: string): string =>
    `${name === 'plain' ? 'http' : 'https'}://${HOST}:${servers[name].port}${path}`;

  const lookedUrl = (): string => `https://${LOOKED}:${looked.port}/looked`;
  const viaUndici = (url: string, ca: string): Promise<Ran> => {
    const args = ['--input-type=module', '-e', UNDICI, proxyUrl(1), url];
    return runProgram(process.execPath, args, { cwd: repositoryRoot, env: { NODE_EXTRA_CA_CERTS: ca } });
  };

  const events = async (type: string): Promise<readonly RecordedEvent[]> =>
    (await ask(readAll, { fromPosition: 0, limit: 1_000, types: [type], scope: runId })).events;

  it('are served: curl, through both replicas, in a tunnel and in absolute form', async () => {
    const curl = await debianProgram('curl');
    files.set('/page', Buffer.from('a page'));
    for (const n of [0, 1, 0, 1]) {
      const env = environment(n);
      expect(await run(curl, ['-sS', '--cacert', 'ca.pem', urlOf('pages', '/page')], env)).toEqual({
        code: 0,
        stdout: 'a page',
        stderr: '',
      });
      expect(await run(curl, ['-sS', urlOf('plain', '/page')], env)).toEqual({ code: 0, stdout: 'a page', stderr: '' });
    }
    const refused = await run(curl, ['-sS', '-X', 'POST', '-d', 'x', '-w', '%{http_code}', urlOf('plain', '/page')]);
    expect(refused.stdout).toMatch(/POLICY_DENIED.*403$/s);
    const foreign = await run(curl, ['-sS', '--cacert', 'ca.pem', 'https://other.example.org/']);
    expect(foreign).toMatchObject({ code: 56, stderr: expect.stringContaining('403') as string });
  }, 120_000);

  it('are served: git clone over HTTPS', async () => {
    const git = await debianProgram('git');
    const here = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' };
    const source = join(folder, 'source');
    for (const args of [
      ['init', '-q', '-b', 'main', source],
      ['-C', source, 'commit', '-q', '--allow-empty', '-m', 'first'],
      ['clone', '-q', '--bare', source, join(folder, 'served.git')],
      ['-C', join(folder, 'served.git'), 'update-server-info'],
    ])
      expect(await runProgram(git, args, { cwd: folder, env: here })).toMatchObject({ code: 0 });
    const list = await runProgram('find', ['served.git', '-type', 'f'], { cwd: folder, env: {} });
    for (const path of list.stdout.trim().split('\n')) files.set(`/${path}`, readFileSync(join(folder, path)));
    const cloned = await run(git, ['clone', urlOf('git', '/served.git'), 'cloned'], {
      GIT_SSL_CAINFO: join(folder, 'ca.pem'),
    });
    expect(cloned).toMatchObject({ code: 0 });
    expect(
      await runProgram(git, ['-C', join(folder, 'cloned'), 'log', '--format=%s'], { cwd: folder, env: {} }),
    ).toMatchObject({ stdout: 'first\n' });
  }, 120_000);

  it('are served: npm install from a registry', async () => {
    const made = join(folder, 'package');
    mkdirSync(made);
    writeFileSync(join(made, 'package.json'), JSON.stringify({ name: 'tiny', version: '1.0.0' }));
    const packed = await runProgram('tar', ['-czf', 'tiny.tgz', 'package'], { cwd: folder, env: {} });
    expect(packed.code).toBe(0);
    const tarball = readFileSync(join(folder, 'tiny.tgz'));
    files.set('/tiny/-/tiny-1.0.0.tgz', tarball);
    const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
    const dist = { tarball: urlOf('registry', '/tiny/-/tiny-1.0.0.tgz'), integrity };
    const version = { name: 'tiny', version: '1.0.0', dist };
    files.set(
      '/tiny',
      Buffer.from(JSON.stringify({ name: 'tiny', 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': version } })),
    );
    const user = join(folder, 'user');
    mkdirSync(user);
    writeFileSync(join(user, 'package.json'), JSON.stringify({ name: 'user', version: '1.0.0', private: true }));
    cpSync(join(folder, 'ca.pem'), join(user, 'ca.pem'));
    const options = [
      '--registry',
      urlOf('registry', '/'),
      '--cafile',
      'ca.pem',
      '--no-audit',
      '--no-fund',
      '--cache',
      join(folder, 'cache'),
    ];
    const installed = await runProgram(npmProgram(), ['install', 'tiny', ...options], {
      cwd: user,
      env: environment(),
    });
    expect(installed).toMatchObject({ code: 0 });
    expect(JSON.parse(readFileSync(join(user, 'node_modules', 'tiny', 'package.json'), 'utf8'))).toMatchObject({
      name: 'tiny',
    });
  }, 120_000);

  it("are served: a Node program with undici's proxy agent", async () => {
    files.set('/undici', Buffer.from('by undici'));
    const ran = await viaUndici(urlOf('pages', '/undici'), join(folder, 'ca.pem'));
    expect(ran).toEqual({ code: 0, stdout: 'by undici'.repeat(3), stderr: '' });
  }, 60_000);

  it('are served in tunnels that are looked into, once they trust the certificate of their run: curl, through both replicas', async () => {
    const curl = await debianProgram('curl');
    files.set('/looked', Buffer.from('looked into'));
    const [url, twice] = [lookedUrl(), { code: 0, stdout: 'looked into'.repeat(2), stderr: '' }];
    expect(await run(curl, ['-sS', '-o', 'run-ca.pem', 'http://causeway.invalid/ca.pem'])).toMatchObject({ code: 0 });
    for (const n of [0, 1])
      expect(await run(curl, ['-sS', '--cacert', 'run-ca.pem', url, url], environment(n))).toEqual(twice);
    const post = await run(curl, ['-sS', '--cacert', 'run-ca.pem', '-d', 'x', '-w', '%{http_code}', url]);
    expect(post.stdout).toMatch(/POLICY_DENIED.*403$/s);
    expect(await run(curl, ['-sS', '--cacert', 'looked.pem', url])).toMatchObject({ code: 60, stdout: '' });
    expect(looked.connections()).toBe(4);
  }, 60_000);

  it("are served there as well: a Node program with undici's proxy agent", async () => {
    const ran = await viaUndici(lookedUrl(), join(folder, 'run-ca.pem'));
    expect(ran).toEqual({ code: 0, stdout: 'looked into'.repeat(3), stderr: '' });
    const facts = [...(await events('egress.tunnelled')), ...(await events('egress.denied'))];
    const requests = facts.flatMap(({ data }) => (data as Partial<Intercepted>).intercepted?.requests ?? []);
    expect(requests.reduce((sum, count) => sum + count)).toBe(8);
    const [untrusting] = await events('egress.denied');
    expect(untrusting?.data).toMatchObject({ code: 'TUNNEL_REFUSED', intercepted: { requests: 0 } });
  }, 60_000);

  it('have every connection in the ledger: decided first, counted after, and charged to their run', async () => {
    const tunnels = await events('egress.tunnelled');
    const requests = await events('egress.completed');
    expect([tunnels.length, requests.length].every((count) => count >= 4)).toBe(true);
    const started = await events('step.started');
    for (const { data, position } of [...tunnels, ...requests]) {
      const { stepId } = data as { stepId: string };
      const intent = started.find(({ data: of }) => (of as { stepId: string }).stepId === stepId);
      expect(intent?.position).toBeLessThan(position);
    }
    const facts = [...tunnels, ...requests, ...(await events('egress.denied')), ...(await events('egress.failed'))];
    // Whatever the facts tell of had started before: the views that hold them hold what was reserved for it.
    const minPosition = Math.max(...facts.map(({ position }) => position));
    let { budget } = await ask(getRun, { runId, minPosition });
    while ((budget.bytesIn?.reserved ?? 0) > 0) ({ budget } = await ask(getRun, { runId }));
    const sum = (name: 'bytesIn' | 'bytesOut') =>
      facts.reduce((total, { data }) => total + (data as Record<typeof name, number>)[name], 0);
    expect([budget.bytesIn?.used, budget.bytesOut?.used]).toEqual([sum('bytesIn'), sum('bytesOut')]);
    const denied = await events('step.denied');
    const rules = denied.map(({ data }) => (data as { rejection: { rule: string } }).rejection.rule);
    expect(rules).toEqual(Array(3).fill('default-deny'));
  }, 60_000);

  it('lose tunnel and credential at once when their session is revoked', async () => {
    const target = `${HOST}:${servers.pages.port}`;
    const credential = { 'proxy-authorization': basic(runId, TOKEN) };
    const { socket } = await connectVia(proxies[0] ?? 0, target, credential);
    const tls = await tlsIn(socket, { servername: HOST, ca: identity.cert });
    tls.on('error', () => {});
    const closed = new Promise<void>((resolve) => void tls.once('close', resolve));
    await ask(revokeSession, { sessionId, reason: 'enough' });
    await closed;
    expect((await connectVia(proxies[0] ?? 0, target, credential)).reply).toMatchObject({
      status: 407,
      code: 'CREDENTIAL_INVALID',
    });
    expect(await viaProxy(proxies[1] ?? 0, urlOf('plain', '/page'), { headers: credential })).toMatchObject({
      status: 407,
    });
  }, 60_000);
});
