import type { Recorded } from '@causeway/eventing';
import type { ServerResponse } from 'node:http';
import { callOf } from '../../test/calls.ts';
import type { Seen } from '../../test/destination.ts';
import { loadCertificates, type Looked, lookedInto, viaTunnel } from '../../test/intercepted.features.ts';
import { viaProxy, type Reply } from '../../test/proxied.ts';
import { mounted, reference, unmountAll, VALUE } from '../../test/secret-sites.features.ts';
import { closeAll, codeOf, factOf } from '../../test/sites.ts';

let made: Looked;
beforeAll(loadCertificates, 60_000);
beforeAll(async () => {
  made = await lookedInto(respond, {
    rules: RULES,
    secretsDir: mounted({ crm: VALUE }),
    secretsAt: (port) => [reference('site.internal', port)],
    egress: { timeoutMs: 1_500 },
    dns: { 'a.example.org': ['10.0.0.1'] },
  });
  await made.secrets.open();
});
afterAll(async () => {
  await made.close();
  await closeAll();
  unmountAll();
});

const REQUESTS = 'action in [Action::"network.http-fetch", Action::"network.forward"]';
const RULES = `@id("tunnels") permit (principal, action == Action::"network.tunnel", resource);
@id("with") @secret("crm") permit (principal, ${REQUESTS}, resource) when { context.path like "/v1/*" };
@id("typed") @contentTypes("text/*") permit (principal, ${REQUESTS}, resource) when { context.path like "/typed/*" };
@id("all") permit (principal, ${REQUESTS}, resource)
when { context.path != "/denied" && !(context.path like "/v1/*") && !(context.path like "/typed/*") && !context.queryKeys.contains("no") };`;

/** What the site answers, by path. */
const ANSWERS: Readonly<Record<string, (response: ServerResponse, seen: Seen) => void>> = {
  '/missing': (response) => response.writeHead(404).end('none'),
  '/packed': (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
  '/lie': (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('<html>'),
  '/typed/json': (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
  '/large': (response) => response.end('x'.repeat(20_000)),
  '/endless': (response) => void response.writeHead(200, { 'content-length': '1000000' }).write('x'.repeat(20_000)),
  '/silent': () => {},
  '/cut': (response) => response.destroy(),
  '/many': (response) =>
    response.writeHead(200, Object.fromEntries(Array.from({ length: 90 }, (_, n) => [`x-${n}`, 'y']))).end(),
  '/v1/echo': (response, { headers }) => response.end(`you sent ${headers.authorization}`),
  '/v1/knows': (response, { headers }) => response.end(String(headers.authorization === `Bearer ${VALUE}`)),
  '/redirect': (response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end('there'),
};

function respond(seen: Seen, response: ServerResponse): void {
  const answer = ANSWERS[seen.target.split('?')[0] ?? ''];
  if (answer) answer(response, seen);
  else response.end(`${seen.method} ${seen.target} ${seen.body}`);
}

type Sent = { readonly method?: string; readonly body?: string; readonly headers?: Record<string, string> };

const OF_ONE_CALL = ['callId', 'runId', 'stepId', 'at', 'durationMs', 'bytesOut', 'bytesIn'];
/** What a fact says of a call, without what is different for every call, and without what the Via field makes different. */
function told(fact: Recorded | undefined): object {
  const data = fact?.data as Readonly<Record<string, unknown>>;
  return {
    type: fact?.type,
    ...Object.fromEntries(Object.entries(data).filter(([name]) => !OF_ONE_CALL.includes(name))),
  };
}

/** The verdict on the last request that was sent, the fact of its call if there was one, and what is inside of the input but for its names. */
async function lastOf(reply: Reply, before: number) {
  const [grant] = made.grants.slice(before).slice(-1);
  const [fact] = grant ? await made.ledger.readStream(grant.callId, 1) : [];
  const { listener: _listener, connection: _connection, tunnel: _tunnel, ...input } = made.steps.at(-1)?.input ?? {};
  const own = reply.code === undefined ? undefined : (JSON.parse(reply.body) as { rule?: string; allowed?: unknown });
  return {
    answer: {
      status: reply.status,
      code: reply.code,
      rule: own?.rule,
      allowed: own?.allowed,
      body: own ? '' : reply.body,
    },
    input: { ...input, url: String(input['url']).replace(/:443\//, '/') },
    fact: fact && told(fact),
  };
}

const absolute = async (path: string, sent: Sent) => {
  const before = made.grants.length;
  return lastOf(await viaProxy(made.port, made.origin + path, sent), before);
};
const inside = async (path: string, sent: Sent) => {
  // The tunnel's own grant comes first.
  const before = made.grants.length + 1;
  return lastOf(await viaTunnel(made, path, sent), before);
};

describe('a request through a tunnel that is looked into', () => {
  it.each<[string, string, string, Sent]>([
    ['a page', 'ok', '/page?b=1&a=2', {}],
    ['a page that is not there', 'ok', '/missing', {}],
    ['a HEAD', 'ok', '/page', { method: 'HEAD' }],
    ['a POST', 'ok', '/page', { method: 'POST', body: 'x=1', headers: { 'content-type': 'text/plain' } }],
    ['what policy denies by path', 'POLICY_DENIED', '/denied', {}],
    ['what policy denies by query', 'POLICY_DENIED', '/page?no=1', {}],
    ['a method that is not sent', 'METHOD_REFUSED', '/page', { method: 'PUT', body: 'x' }],
    ['a GET with a body', 'METHOD_REFUSED', '/page', { method: 'GET', body: 'x' }],
    ['an answer that is packed', 'UPSTREAM_PROTOCOL_REFUSED', '/packed', {}],
    ['an answer that is too large', 'RESPONSE_TOO_LARGE', '/large', {}],
    ['an answer that never ends', 'RESPONSE_TOO_LARGE', '/endless', {}],
    ['an answer that lies about its type', 'UPSTREAM_PROTOCOL_REFUSED', '/lie', {}],
    ['an answer of a type that the rule does not take', 'UPSTREAM_PROTOCOL_REFUSED', '/typed/json', {}],
    ['an answer with many fields', 'UPSTREAM_PROTOCOL_REFUSED', '/many', {}],
    ['no answer in time', 'UPSTREAM_TIMEOUT', '/silent', {}],
    ['an answer that breaks off', 'UPSTREAM_PROTOCOL_REFUSED', '/cut', {}],
    ['a secret that goes along', 'ok', '/v1/knows', {}],
    ['a secret that comes back', 'SECRET_ECHOED', '/v1/echo', {}],
  ])(
    'has the verdict, the input and the fact of the same in absolute form, and of a fetch: %s',
    async (_name, code, path, sent) => {
      const [one, other] = [await absolute(path, sent), await inside(path, sent)];
      expect(other).toEqual(one);
      const call = callOf(made.policy, { url: made.origin + path, ...sent });
      const fetched = codeOf(await made.calls.make(call));
      expect([other.answer.code ?? 'ok', fetched]).toEqual([code, code]);
      if (other.fact) expect(other.fact).toEqual(told(await factOf(made, call)));
      else expect(code).toBe('POLICY_DENIED');
      if (path === '/v1/knows') expect(other.answer.body).toBe('true');
    },
  );

  it.each<[string, string, string, Sent]>([
    ['a redirect', 'ok', '/redirect', {}],
    ['a body above the limit', 'POLICY_DENIED', '/page', { method: 'POST', body: 'x'.repeat(1_001) }],
    [
      'headers of its own',
      'ok',
      '/page',
      { headers: { authorization: 'Bearer x', cookie: 'a=b', 'x-http-method-override': 'PUT' } },
    ],
    ['a range', 'ok', '/page', { headers: { range: 'bytes=0-1' } }],
    ['a circle', 'POLICY_DENIED', '/page', { headers: { via: '1.1 causeway-egress' } }],
    ['a path that is read in two ways', 'POLICY_DENIED', '/a/%2e%2e/b', {}],
  ])('has those of the same in absolute form, where a fetch is another thing: %s', async (_name, code, path, sent) => {
    const other = await inside(path, sent);
    expect(other).toEqual(await absolute(path, sent));
    expect(other.answer.code ?? 'ok').toBe(code);
  });

  it.each([
    ['a name with an inner address', 'a.example.org:443', 'ADDRESS_REFUSED'],
    ['a name without address', 'b.example.org:443', 'DNS_FAILED'],
    ['a name of local networks', 'localhost:443', 'ADDRESS_REFUSED'],
    ['metadata', '169.254.169.254:443', 'ADDRESS_REFUSED'],
    ['a name that looks like data', 'jbswy3dpehpk3pxpnb2gk4t6.example.org:443', 'POLICY_DENIED'],
    ['a port that is not listed', 'a.example.org:8443', 'POLICY_DENIED'],
  ])('is not even asked for where the tunnel is refused with the code of a fetch: %s', async (_name, at, code) => {
    const seen = made.server.connections();
    expect(await viaTunnel(made, '/', {}, at)).toMatchObject({ code });
    expect(await viaProxy(made.port, `https://${at}/`)).toMatchObject({ code });
    expect(codeOf(await made.calls.make(callOf(made.policy, { url: `https://${at}/` })))).toBe(code);
    expect(made.server.connections()).toBe(seen);
  });
});
