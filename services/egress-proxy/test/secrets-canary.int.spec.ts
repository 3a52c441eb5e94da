import type { ServerResponse } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { httpFetch, modelChat, type ReplyEnvelope } from '@causeway/contracts';
import type { Bus } from '@causeway/messaging';
import { createPolicy, loadPack, type Policy } from '@causeway/policy';
import {
  selfSigned,
  startServiceProcess,
  testInfrastructure,
  type ServiceProcess,
  type TestDatabase,
  type TestInfrastructure,
} from '@causeway/testing';
import type { FetchReply } from '../src/fetch/fact.ts';
import { echoIndex, type Echo } from '../src/secrets/echo/echo-scan.ts';
import { callOf, digestOf } from './calls.ts';
import { destination, type Destination, type Seen } from './destination.ts';
import { mounted, unmountAll } from './secret-sites.features.ts';
import { vaultStub } from './vault-stub.ts';

/** Values that are nowhere else on earth, one for each way in which a secret is had and sent. */
const VALUES = {
  bearer: 'canary-bearer-7Qz3vWm1',
  basic: 'canary-basic-"quoted"\\9Lk2',
  signed: 'canary-hmac-5Tn8xPw4==',
  cloud: 'canary/sigv4+Jd6yRb0sXe',
  client: 'canary-client-3Hf7uCq2',
  stored: 'canary-vault-8Gs1zMk5',
} as const;
const VAULT_TOKEN = 'hvs.canary-token-4Vp9oAe6';
const ACCESS_TOKEN = 'canary.access.token-2Wr5iNy8';
/** Of a model, which alone names it. */
const MODEL_KEY = 'canary-model-9Pd4hTz7';
const ALL = { ...VALUES, vaultToken: VAULT_TOKEN, accessToken: ACCESS_TOKEN, modelKey: MODEL_KEY };
/** In every place that is looked through, so that looking is known to see something. */
const MARKER = 'canary-marker';

const index = echoIndex(Object.entries(ALL).map(([name, value]) => ({ name, value: Buffer.from(value) })));
const echoIn = (text: string): Echo | undefined => index.scan().feed(Buffer.from(text));

const WAYS: Readonly<Record<keyof typeof VALUES, object>> = {
  bearer: { as: 'bearer' },
  basic: { as: 'basic', user: 'causeway' },
  signed: { as: 'hmac', keyId: 'k1' },
  cloud: { as: 'sigv4', accessKeyId: 'AKIDEXAMPLE', region: 'eu-west-1', service: 's3' },
  client: { as: 'oauth-client-credentials', clientId: 'causeway', tokenUrl: 'https://login.internal:PORT/token' },
  stored: { as: 'header:X-Api-Key', from: { vault: { path: 'team/stored', field: 'value' } } },
};
const NAMES = Object.keys(VALUES) as (keyof typeof VALUES)[];

function packFor(ports: Readonly<Record<string, number>>): string {
  const dir = mkdtempSync(join(tmpdir(), 'pack-'));
  const hosts = Object.entries(ports);
  const secrets = NAMES.map((name) => ({
    ...{ name, ...WAYS[name] },
    ...(name === 'client' ? { tokenUrl: `https://login.internal:${ports['login.internal']}/token` } : {}),
    destination: {
      ...{ scheme: 'https', host: 'site.internal', port: ports['site.internal'] },
      ...{ methods: ['GET', 'POST'], pathPrefix: `/${name}` },
    },
  }));
  const pack = {
    ...{ id: 'canary', version: '1', description: 'For tests.', approvals: { expiresAfterMs: 60_000 } },
    limits: { maxSteps: 10, defaultSteps: 10, maxWallClockMs: 60_000, defaultWallClockMs: 60_000 },
    destinations: hosts.map(([host, port], n) => ({ name: `d${n}`, host, address: '127.0.0.1', port })),
    egress: { maxRequestBytes: 1_000, maxResponseBytes: 10_000, timeoutMs: 5_000, maxRedirects: 2 },
    models: [
      {
        ...{ id: 'm-1', dialect: 'openai', url: `https://site.internal:${ports['site.internal']}/model/chat` },
        ...{ secret: 'model-key', inputMicros: 1, outputMicros: 1, maxOutputTokens: 1_000 },
      },
    ],
    ...{ secrets, vault: { destination: `d${hosts.findIndex(([host]) => host === 'vault.internal')}` } },
  };
  const rules = NAMES.map(
    (name) =>
      `@id("with-${name}") @secret("${name}") permit (principal, action == Action::"network.http-fetch", resource)\n` +
      `when { resource.host == "site.internal" && context.path like "/${name}/*" };\n`,
  );
  writeFileSync(join(dir, 'pack.yaml'), JSON.stringify(pack));
  rules.push('@id("chat") permit (principal, action == Action::"model.chat", resource);');
  writeFileSync(join(dir, 'policy.cedar'), rules.join('\n'));
  writeFileSync(join(dir, 'constitution.cedar'), '');
  return dir;
}

/** Answers with what it was sent in the form that the path names, as careless sites do. */
const careless: Parameters<typeof destination>[0] = ({ target, headers, body }, response) => {
  if (target === '/model/chat') return carelessModel({ headers, body }, response);
  const sent = [headers.authorization, headers['x-api-key'], body].filter(Boolean).join(' ');
  const [, , how] = target.split(/[/?]/);
  if (how === 'error') response.writeHead(500).end(`<h1>${MARKER}: not allowed</h1>`);
  else if (how === 'away') response.writeHead(302, { location: `/nowhere?was=${encodeURIComponent(sent)}` }).end();
  else if (how === 'header') response.writeHead(200, { 'x-was': Buffer.from(sent).toString('base64') }).end('fine');
  else if (how === 'echo') response.end(JSON.stringify({ sent, base64: Buffer.from(sent).toString('base64') }));
  else response.end(MARKER);
};

/** The same for a model; it is told how in the message. */
const carelessModel = ({ headers, body }: Pick<Seen, 'headers' | 'body'>, response: ServerResponse): void => {
  const how = /"content":"([a-z]+)"/.exec(body)?.[1];
  const sent = headers.authorization ?? '';
  const event = (content: string) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`;
  if (how === 'letters')
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end([...sent].map(event).join(''));
  else if (how === 'error')
    response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { message: sent } }));
  else
    response
      .writeHead(200, { 'content-type': 'application/json', ...(how === 'head' ? { 'x-was': sent } : {}) })
      .end(JSON.stringify({ choices: [{ message: { content: how === 'echo' ? sent : MARKER } }] }));
};

describe('the values of secrets, in a whole flow', () => {
  let infrastructure: TestInfrastructure;
  let database: TestDatabase;
  let processes: ServiceProcess[];
  let orchestrator: Bus;
  let sites: Readonly<Record<string, Destination>>;
  let policy: Policy;
  let packDir: string;
  const heard: string[] = [];
  const replies: ReplyEnvelope<unknown>[] = [];

  beforeAll(async () => {
    infrastructure = await testInfrastructure();
    const stub = vaultStub(VAULT_TOKEN);
    stub.put('team/stored', { value: VALUES.stored });
    const responds = {
      'site.internal': careless,
      'vault.internal': stub.respond,
      'login.internal': (_request, response) =>
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ access_token: ACCESS_TOKEN, token_type: 'bearer', expires_in: 300 })),
    } satisfies Record<string, Parameters<typeof destination>[0]>;
    const identities = Object.keys(responds).map((host) => [host, selfSigned(host)] as const);
    const served = await Promise.all(
      identities.map(
        async ([host, identity]) =>
          [host, await destination(responds[host as keyof typeof responds], identity)] as const,
      ),
    );
    sites = Object.fromEntries(served);
    packDir = packFor(Object.fromEntries(served.map(([host, { port }]) => [host, port])));
    policy = createPolicy(await loadPack(packDir, {}));
    const { stored: _inVault, ...files } = VALUES;
    const secretsDir = mounted({ ...files, 'vault-token': VAULT_TOKEN, 'model-key': MODEL_KEY });
    writeFileSync(join(packDir, 'authorities.pem'), identities.map(([, { cert }]) => cert).join(''));

    database = await infrastructure.database();
    const sre = await infrastructure.connect('sre');
    sre.subscribe('audit.>', (bytes) => void heard.push(new TextDecoder().decode(bytes)));
    const ledger = await startServiceProcess('audit-ledger', {
      ...infrastructure.environment('audit-ledger', database),
      ...{ CAUSEWAY_LEDGER_ORIGIN: 'ledger.test/canary', CAUSEWAY_LOG_LEVEL: 'debug' },
    });
    const proxy = await startServiceProcess('egress-proxy', {
      ...infrastructure.environment('egress-proxy'),
      ...{ CAUSEWAY_POLICY_DIR: packDir, CAUSEWAY_PROFILE: 'dev', CAUSEWAY_LOG_LEVEL: 'debug' },
      ...{ CAUSEWAY_SECRETS_DIR: secretsDir, CAUSEWAY_VAULT_TOKEN_FILE: join(secretsDir, 'vault-token') },
      CAUSEWAY_EGRESS_CA_FILE: join(packDir, 'authorities.pem'),
    });
    processes = [ledger, proxy];
    orchestrator = await infrastructure.connect('run-orchestrator');
  }, 120_000);

  afterAll(async () => {
    await Promise.all((processes ?? []).map((process) => process.kill()));
    await Promise.all(Object.values(sites ?? {}).map((site) => site.close()));
    unmountAll();
    if (packDir) rmSync(packDir, { recursive: true });
    await infrastructure?.stop();
  }, 60_000);

  async function ask(path: string, more: object = {}): Promise<ReplyEnvelope<FetchReply>> {
    const call = callOf(policy, { url: `https://site.internal:${sites['site.internal']!.port}${path}`, ...more });
    const input = call.request as (typeof httpFetch.input)['_zod']['input'];
    const { callId, agentId } = call.grant;
    const meta = { id: callId, actor: { kind: 'agent' as const, id: agentId } };
    const reply = await orchestrator.request(httpFetch.call, { grant: call.grant, input }, meta, { timeoutMs: 12_000 });
    replies.push(reply);
    return reply;
  }

  it.each(NAMES)('reach the destination and come back to nobody: %s', async (name) => {
    const site = sites['site.internal']!;
    const before = site.seen.length;
    expect(await ask(`/${name}/page?q=${MARKER}`)).toMatchObject({ ok: true, value: { result: { body: MARKER } } });
    expect(await ask(`/${name}/page`, { method: 'POST', body: 'x' })).toMatchObject({ ok: true });
    expect(await ask(`/${name}/error`)).toMatchObject({ ok: true, value: { result: { status: 500 } } });
    const sent = site.seen.slice(before).map(({ headers }) => headers);
    expect(sent).toHaveLength(3);
    for (const headers of sent)
      expect(headers).toMatchObject(
        name === 'stored'
          ? { 'x-api-key': VALUES.stored }
          : name === 'signed'
            ? { 'signature-input': expect.any(String) as string }
            : { authorization: expect.any(String) as string },
      );
    expect(await ask(`/${name}/page`, { headers: { authorization: 'Bearer mine' } })).toMatchObject({
      rejection: { code: 'HEADER_REFUSED' },
    });
    // What only signs is not sent, and has nothing to come back.
    const isSent = name !== 'signed' && name !== 'cloud';
    for (const how of ['echo', 'header', 'away']) {
      const reply = await ask(`/${name}/${how}`);
      expect(reply.ok ? 'ok' : reply.rejection.code).toBe(
        isSent ? 'SECRET_ECHOED' : how === 'away' ? 'POLICY_DENIED' : 'ok',
      );
    }
  });

  it.each([
    ['page', 'ok'],
    ['echo', 'SECRET_ECHOED'],
    ['head', 'SECRET_ECHOED'],
    ['error', 'SECRET_ECHOED'],
    ['letters', 'SECRET_ECHOED'],
  ])('reach a model and come back to nobody: %s', async (how, code) => {
    const request = { messages: [{ role: 'user', content: how }] };
    const input = { dialect: 'openai' as const, model: 'm-1', stream: how === 'letters', request };
    const { grant } = callOf(policy, { url: '' }, { rule: 'chat', inputDigest: digestOf(input) });
    const meta = { id: grant.callId, actor: { kind: 'agent' as const, id: grant.agentId } };
    const reply = await orchestrator.request(modelChat.call, { grant, input }, meta, { timeoutMs: 12_000 });
    replies.push(reply);
    expect(reply.ok ? 'ok' : reply.rejection.code).toBe(code);
    expect(sites['site.internal']!.seen.at(-1)?.headers.authorization).toBe(`Bearer ${MODEL_KEY}`);
  });

  it('are nowhere else: not in replies, logs, the bus, or the database', async () => {
    const places = {
      replies: JSON.stringify(replies),
      logs: processes.map((process) => process.output()).join('\n'),
      bus: heard.join('\n'),
      database: await dumpOf(database),
    };
    for (const [place, text] of Object.entries(places)) {
      expect({ place, echo: echoIn(text) }).toEqual({ place, echo: undefined });
      expect({ place, isSeen: text.includes(place === 'replies' ? MARKER : 'egress') }).toEqual({
        place,
        isSeen: true,
      });
    }
    expect(places.database).toContain('secret:client');
    expect(heard.filter((text) => text.includes('"callId"')).length).toBeGreaterThan(NAMES.length * 7);
    process.stdout.write(
      `secrets: ${Object.keys(ALL).length} values looked for in ${Object.entries(places)
        .map(([place, text]) => `${place} (${text.length} characters)`)
        .join(', ')}\n`,
    );
  });
});

/** Every row of every table, as text; what is binary also as the text that it is. */
async function dumpOf(database: TestDatabase): Promise<string> {
  const pool = database.pool('audit_ledger_owner', 1);
  const tables = await pool.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
  );
  const rows: string[] = [];
  for (const { name } of tables.rows) {
    const found = await pool.query<{ row: string }>(`select t::text as row from ${name} t`);
    rows.push(name, ...found.rows.map(({ row }) => row));
  }
  const binary = rows.join('\n').matchAll(/\\x((?:[0-9a-f]{2})+)/g);
  return [...rows, ...[...binary].map(([, hex]) => Buffer.from(hex ?? '', 'hex').toString('latin1'))].join('\n');
}
