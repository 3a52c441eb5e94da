import { createHash } from 'node:crypto';
import { memoryLedger, type LedgerPort, type Recorded } from '@causeway/eventing';
import { ALLOW_ALL, callOf, world, type World, type WorldOptions } from '../../test/calls.ts';
import { destination, rawDestination, type Destination } from '../../test/destination.ts';
import type { FetchAnswer, FetchCall } from './fetch-calls.ts';

const open: Destination[] = [];
async function serve(...args: Parameters<typeof destination>): Promise<Destination> {
  const server = await destination(...args);
  open.push(server);
  return server;
}
async function serveRaw(...args: Parameters<typeof rawDestination>): Promise<Destination> {
  const server = await rawDestination(...args);
  open.push(server);
  return server;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

const factOf = async ({ ledger }: World, { grant }: FetchCall): Promise<Recorded | undefined> =>
  (await ledger.readStream(grant.callId, 1))[0];
const codeOf = (answer: FetchAnswer): string => (answer.ok ? 'ok' : answer.rejection.code);
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** One site, and a world that may reach it. */
async function site(respond: Parameters<typeof destination>[0], options: WorldOptions = {}) {
  const server = await serve(respond);
  const made = world({ ...options, ports: { 'site.internal': server.port, ...options.ports } });
  return { server, url: `http://site.internal:${server.port}`, ...made, world: made };
}

describe('a fetch', () => {
  it('brings back the answer, and leaves a fact that fits it', async () => {
    const { server, url, policy, calls, world } = await site((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', etag: '"1"', 'set-cookie': 'a=b' });
      response.end('grüß');
    });
    const call = callOf(policy, { url: `${url}/a%20b?q=1&q=2`, headers: { Accept: 'text/plain' } });
    const answer = await calls.make(call);
    expect(answer).toMatchObject({
      ok: true,
      value: {
        result: {
          ...{
            status: 200,
            url: `${url}/a%20b?q=1&q=2`,
            contentType: 'text/plain',
            body: 'grüß',
            bodyEncoding: 'utf8',
          },
          ...{ sizeBytes: 6, sha256: sha256('grüß'), redirects: 0 },
        },
        factPosition: 0,
      },
    });
    expect(answer.ok && answer.value.result.headers).not.toHaveProperty('set-cookie');
    expect(answer.ok && answer.value.bytesIn).toBeGreaterThan(100);
    expect(server.seen).toMatchObject([{ method: 'GET', target: '/a%20b?q=1&q=2', body: '' }]);
    expect(server.seen[0]?.headers).toEqual({
      ...{ host: `site.internal:${server.port}`, accept: 'text/plain', 'accept-encoding': 'identity' },
      ...{ 'user-agent': 'causeway-egress', connection: 'close' },
    });
    expect(await factOf(world, call)).toMatchObject({
      type: 'egress.completed',
      scope: call.grant.runId,
      actor: { kind: 'agent', id: 'agent-1' },
      data: {
        ...{
          callId: call.grant.callId,
          method: 'GET',
          scheme: 'http',
          host: 'site.internal',
          port: server.port,
          path: '/a%20b',
        },
        ...{ queryKeys: ['q'], rule: 'all', status: 200, responseSha256: sha256('grüß'), responseSizeBytes: 6 },
        hops: [{ url: `${url}/a%20b`, address: '127.0.0.1', rule: 'all', status: 200 }],
      },
    });
    expect(JSON.stringify((await factOf(world, call))?.data)).not.toContain('q=1');
  });

  it('counts the bytes of the wire, as the other end does', async () => {
    const answerText = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
    const server = await serveRaw((socket) => socket.end(answerText));
    const { policy, calls } = world({ ports: { 'site.internal': server.port } });
    const answer = await calls.make(callOf(policy, { url: `http://site.internal:${server.port}/` }));
    expect(answer).toMatchObject({
      ok: true,
      value: { bytesIn: answerText.length, bytesOut: server.seen[0]?.body.length },
    });
  });

  it('asks with HEAD without expecting a body', async () => {
    const { url, policy, calls } = await site((_request, response) =>
      response.writeHead(200, { 'content-length': '99999' }).end(),
    );
    const answer = await calls.make(callOf(policy, { url, method: 'HEAD' }));
    expect(answer).toMatchObject({ ok: true, value: { result: { status: 200, sizeBytes: 0 } } });
  });

  it('returns bytes that are no text as base64', async () => {
    const { url, policy, calls } = await site((_request, response) =>
      response.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.of(0, 255)),
    );
    expect(await calls.make(callOf(policy, { url }))).toMatchObject({
      ok: true,
      value: { result: { body: 'AP8=', bodyEncoding: 'base64' } },
    });
  });

  it('returns an error status as an answer: the destination said it', async () => {
    const { url, policy, calls } = await site((_request, response) => response.writeHead(404).end('no'));
    expect(await calls.make(callOf(policy, { url }))).toMatchObject({
      ok: true,
      value: { result: { status: 404, body: 'no' } },
    });
  });
});

describe('a POST', () => {
  const post = { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } };

  it('arrives once, however often the call is repeated, here or in a process that starts later', async () => {
    const {
      server,
      url,
      policy,
      calls,
      ledger,
      world: first,
    } = await site((_request, response) => response.end('done'));
    const call = callOf(policy, { url: `${url}/publish`, ...post });
    const answers = await Promise.all([calls.make(call), calls.make(call), calls.make(call)]);
    expect(answers[1]).toEqual(answers[0]);
    expect(await calls.make(call)).toEqual(answers[0]);
    const restarted = world({ ports: { 'site.internal': server.port }, ledger });
    const again = await restarted.calls.make(call);
    expect(again).toMatchObject({
      ok: true,
      value: { result: { status: 200, sha256: sha256('done'), sizeBytes: 4 }, factPosition: 0 },
    });
    expect(again.ok && again.value.result.body).toBeUndefined();
    expect(server.seen).toMatchObject([
      { method: 'POST', target: '/publish', body: '{"a":1}', headers: { 'content-type': 'application/json' } },
    ]);
    expect(await factOf(first, call)).toMatchObject({ data: { requestSha256: sha256('{"a":1}') } });
    expect(await ledger.readStream(call.grant.callId, 1)).toHaveLength(1);
  });

  it('is answered from its fact also when its grant is past the deadline by then', async () => {
    const { server, url, policy, calls, ledger } = await site((_request, response) => response.end('done'));
    const call = callOf(policy, { url, ...post });
    await calls.make(call);
    const restarted = world({ ports: { 'site.internal': server.port }, ledger });
    const late = { ...call, grant: { ...call.grant, deadlineAt: '2020-01-01T00:00:00.000Z' } };
    expect(codeOf(await restarted.calls.make(late))).toBe('ok');
    expect(server.seen).toHaveLength(1);
  });

  it('that was taken but not answered has an unknown outcome', async () => {
    const server = await serveRaw((socket) => socket.destroy());
    const made = world({ ports: { 'site.internal': server.port } });
    const call = callOf(made.policy, { url: `http://site.internal:${server.port}/`, ...post });
    expect(codeOf(await made.calls.make(call))).toBe('STEP_OUTCOME_UNKNOWN');
    expect(await factOf(made, call)).toMatchObject({
      type: 'egress.failed',
      data: { code: 'UPSTREAM_UNREACHABLE', sent: true },
    });
    expect(server.seen).toHaveLength(1);
  });

  it('that could not be sent has failed, and nothing is unknown', async () => {
    const server = await destination(() => {});
    await server.close();
    const made = world({ ports: { 'site.internal': server.port } });
    const call = callOf(made.policy, { url: `http://site.internal:${server.port}/`, ...post });
    expect(codeOf(await made.calls.make(call))).toBe('UPSTREAM_UNREACHABLE');
    expect(await factOf(made, call)).toMatchObject({ type: 'egress.failed', data: { sent: false, bytesOut: 0 } });
  });

  it('is not sent again by a redirect, whatever its status', async () => {
    for (const [status, code] of [
      [303, 'ok'],
      [307, 'UPSTREAM_PROTOCOL_REFUSED'],
    ] as const) {
      const { server, url, policy, calls } = await site((_request, response) =>
        response.writeHead(status, { location: '/again' }).end(),
      );
      expect(codeOf(await calls.make(callOf(policy, { url, ...post })))).toBe(code);
      expect(server.seen).toHaveLength(1);
    }
  });

  it('that needs an approval goes out only under a grant for that very rule', async () => {
    const rules = '@id("ask") @approval("human") permit (principal, action == Action::"network.http-fetch", resource);';
    const { server, url, policy, calls } = await site((_request, response) => response.end(), { rules });
    expect(codeOf(await calls.make(callOf(policy, { url, ...post }, { rule: 'other' })))).toBe('POLICY_DENIED');
    expect(server.seen).toHaveLength(0);
    expect(codeOf(await calls.make(callOf(policy, { url, ...post }, { rule: 'ask' })))).toBe('ok');
    expect(server.seen).toHaveLength(1);
  });
});

describe('a redirect', () => {
  it('is followed to where policy allows, and every hop is in the fact', async () => {
    const second = await serve((_request, response) => response.end('there'));
    const target = `http://other.internal:${second.port}/x`;
    const { url, policy, calls, world } = await site(
      (_request, response) => response.writeHead(302, { location: target }).end('moved'),
      {
        ports: { 'other.internal': second.port },
      },
    );
    const call = callOf(policy, { url, headers: { accept: 'text/plain', 'if-none-match': '"1"' } });
    expect(await calls.make(call)).toMatchObject({
      ok: true,
      value: { result: { url: target, body: 'there', redirects: 1 } },
    });
    expect(second.seen[0]?.headers).not.toHaveProperty('if-none-match');
    expect(await factOf(world, call)).toMatchObject({
      data: { hops: [{ status: 302 }, { url: target, status: 200 }] },
    });
  });

  it('to a host that policy forbids ends there, before any connection', async () => {
    const canary = await serve((_request, response) => response.end());
    const rules =
      '@id("one") permit (principal, action == Action::"network.http-fetch", resource) when { resource.host == "site.internal" };';
    const { url, policy, calls, world } = await site(
      (_request, response) => response.writeHead(302, { location: `http://other.internal:${canary.port}/` }).end(),
      { rules, ports: { 'other.internal': canary.port } },
    );
    const call = callOf(policy, { url }, { rule: 'one' });
    const answer = await calls.make(call);
    expect(answer).toMatchObject({
      ok: false,
      rejection: {
        code: 'POLICY_DENIED',
        rule: 'default-deny',
        policy: policy.ref,
        allowed: ['what rule one describes'],
        facts: { factPosition: 0 },
      },
    });
    expect(canary.seen).toHaveLength(0);
    expect(await factOf(world, call)).toMatchObject({
      type: 'egress.denied',
      data: { stage: 'policy', hops: [{ rule: 'one' }, { rule: 'default-deny' }] },
    });
  });

  it.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://[fd00:ec2::254]/',
    'http://metadata.google.internal/',
    'http://0xA9FEA9FE/',
  ])('to %s is refused even when every rule allows it', async (location) => {
    const { url, policy, calls, world } = await site((_request, response) =>
      response.writeHead(302, { location }).end(),
    );
    const call = callOf(policy, { url });
    expect(codeOf(await calls.make(call))).toBe('ADDRESS_REFUSED');
    expect(await factOf(world, call)).toMatchObject({
      type: 'egress.denied',
      data: { code: 'ADDRESS_REFUSED', stage: 'address' },
    });
    expect(world.asked).toEqual([]);
  });

  it.each(['127.0.0.1', '2130706433', '127.1', '[::ffff:127.0.0.1]', '[::1]', '0', 'localhost'])(
    'to %s on this machine is refused, and nothing is connected',
    async (host) => {
      const canary = await serve((_request, response) => response.end());
      const { url, policy, calls } = await site((_request, response) =>
        response.writeHead(302, { location: `http://${host}:${canary.port}/` }).end(),
      );
      expect(codeOf(await calls.make(callOf(policy, { url })))).toBe('ADDRESS_REFUSED');
      expect(canary.seen).toHaveLength(0);
    },
  );

  it('is followed only so often', async () => {
    const { server, url, policy, calls } = await site((_request, response) =>
      response.writeHead(302, { location: '/again' }).end(),
    );
    expect(codeOf(await calls.make(callOf(policy, { url })))).toBe('REDIRECT_LIMIT');
    expect(server.seen).toHaveLength(3);
  });
});

describe('names', () => {
  it('are not looked up before policy agrees', async () => {
    const rules = ALLOW_ALL.replace(', resource)', ', resource) when { resource.host == "other.example.org" }');
    const made = world({ rules, dns: { 'secret.attacker.example.org': ['93.184.216.34'] } });
    expect(codeOf(await made.calls.make(callOf(made.policy, { url: 'https://secret.attacker.example.org/' })))).toBe(
      'POLICY_DENIED',
    );
    expect(made.asked).toEqual([]);
  });

  it('are not looked up when they are of local networks, nor when a destination names their address', async () => {
    const { server, policy, calls, world } = await site((_request, response) => response.end());
    await calls.make(callOf(policy, { url: `http://site.internal:${server.port}/` }));
    expect(codeOf(await calls.make(callOf(policy, { url: 'http://site.internal:1/' })))).toBe('ADDRESS_REFUSED');
    expect(world.asked).toEqual([]);
  });

  it('with any inner address among their answers are refused, and the caller does not learn which', async () => {
    const canary = await serve((_request, response) => response.end());
    const made = world({ dns: { 'mixed.example.org': ['93.184.216.34', '127.0.0.1'] } });
    const call = callOf(made.policy, { url: `http://mixed.example.org:${canary.port}/` });
    const answer = await made.calls.make(call);
    expect(codeOf(answer)).toBe('ADDRESS_REFUSED');
    expect(JSON.stringify(answer)).not.toContain('127.0.0.1');
    expect(await factOf(made, call)).toMatchObject({
      data: { detail: expect.stringContaining('127.0.0.1') as string },
    });
    expect(canary.seen).toHaveLength(0);
  });

  it('without an address fail', async () => {
    const made = world();
    expect(codeOf(await made.calls.make(callOf(made.policy, { url: 'https://nowhere.example.org/' })))).toBe(
      'DNS_FAILED',
    );
  });

  it('on this machine are reached in the dev profile only', async () => {
    const { server, url, policy, calls } = await site((_request, response) => response.end(), { profile: 'hardened' });
    expect(codeOf(await calls.make(callOf(policy, { url })))).toBe('ADDRESS_REFUSED');
    expect(server.seen).toHaveLength(0);
  });
});

describe('a request that is refused before it is sent', () => {
  it.each([
    ['URL_REFUSED', { url: 'https://user@site.internal/' }, {}],
    ['METHOD_REFUSED', { url: 'http://site.internal/', method: 'GET', body: 'x' }, {}],
    ['HEADER_REFUSED', { url: 'http://site.internal/', headers: { authorization: 'x' } }, {}],
    ['REQUEST_BODY_TOO_LARGE', { url: 'http://site.internal/', method: 'POST', body: 'x'.repeat(1_001) }, {}],
    ['GRANT_EXPIRED', { url: 'http://site.internal/' }, { deadlineAt: '2020-01-01T00:00:00.000Z' }],
    ['GRANT_MISMATCH', { url: 'http://site.internal/' }, { inputDigest: 'a'.repeat(64) }],
    [
      'POLICY_VERSION_MISMATCH',
      { url: 'http://site.internal/' },
      { policy: { pack: 'test', version: '1', digest: 'a'.repeat(64) } },
    ],
  ] as const)('with %s leaves a fact of the refusal', async (code, request, grant) => {
    const made = world();
    const call = callOf(made.policy, request, grant);
    const answer = await made.calls.make(call);
    expect(answer).toMatchObject({
      ok: false,
      rejection: { code, facts: { bytesIn: 0, bytesOut: 0, factPosition: 0 } },
    });
    expect(await factOf(made, call)).toMatchObject({ type: 'egress.denied', data: { code, bytesOut: 0, hops: [] } });
    expect(made.asked).toEqual([]);
  });
});

describe('an answer', () => {
  const limits = { egress: { maxResponseBytes: 1_000, timeoutMs: 400 } };

  it('that announces more than may come in is not read', async () => {
    const { url, policy, calls } = await site(
      (_request, response) => response.writeHead(200, { 'content-length': '1001' }).end('x'.repeat(1_001)),
      limits,
    );
    expect(codeOf(await calls.make(callOf(policy, { url })))).toBe('RESPONSE_TOO_LARGE');
  });

  it('that does not end is cut off at the limit of policy, or at that of the grant', async () => {
    const endless = await serveRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n');
      const more = setInterval(() => socket.write('x'.repeat(500)), 1);
      socket.on('close', () => clearInterval(more));
    });
    const made = world({ ports: { 'site.internal': endless.port }, ...limits });
    const url = `http://site.internal:${endless.port}/`;
    const call = callOf(made.policy, { url });
    expect(codeOf(await made.calls.make(call))).toBe('RESPONSE_TOO_LARGE');
    expect(await factOf(made, call)).toMatchObject({
      type: 'egress.failed',
      data: { stage: 'body', hops: [{ status: 200 }] },
    });
    expect(codeOf(await made.calls.make(callOf(made.policy, { url }, { byteAllowance: 100 })))).toBe(
      'RESPONSE_TOO_LARGE',
    );
  });

  it('that wraps little in a lot is cut off too', async () => {
    const server = await serveRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      const chunk = `1;${'x'.repeat(2_000)}\r\ny\r\n`;
      for (let n = 0; n < 100; n++) socket.write(chunk);
    });
    const { policy, calls } = world({ ports: { 'site.internal': server.port }, ...limits });
    const code = codeOf(await calls.make(callOf(policy, { url: `http://site.internal:${server.port}/` })));
    expect(['RESPONSE_TOO_LARGE', 'UPSTREAM_PROTOCOL_REFUSED']).toContain(code);
  });

  it('that does not come, or drips, is waited for no longer than policy says, or the grant', async () => {
    const silent = await site(() => {}, limits);
    expect(codeOf(await silent.calls.make(callOf(silent.policy, { url: silent.url })))).toBe('UPSTREAM_TIMEOUT');
    const dripping = await site((_request, response) => {
      const more = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(more));
    }, limits);
    expect(codeOf(await dripping.calls.make(callOf(dripping.policy, { url: dripping.url })))).toBe('UPSTREAM_TIMEOUT');
    const patient = await site(() => {});
    const soon = { deadlineAt: new Date(Date.now() + 300).toISOString() };
    expect(codeOf(await patient.calls.make(callOf(patient.policy, { url: patient.url }, soon)))).toBe(
      'UPSTREAM_TIMEOUT',
    );
  });

  it.each([
    ['packed', 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx'],
    [
      'with a switch of protocols',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    ],
    ['in no protocol at all', 'SSH-2.0-OpenSSH_9.0\r\n'],
    ['with two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy'],
    [
      'with a length and chunks',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n',
    ],
    ['with too many header fields', `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(70)}Content-Length: 0\r\n\r\n`],
    ['with a huge header', `HTTP/1.1 200 OK\r\na: ${'b'.repeat(20_000)}\r\n\r\n`],
    ['that is half a head', 'HTTP/1.1 200 OK\r\nContent-Le'],
  ])('%s is refused', async (_what, text) => {
    const server = await serveRaw((socket) => socket.end(text));
    const made = world({ ports: { 'site.internal': server.port } });
    const call = callOf(made.policy, { url: `http://site.internal:${server.port}/` });
    expect(codeOf(await made.calls.make(call))).toBe('UPSTREAM_PROTOCOL_REFUSED');
    expect(await factOf(made, call)).toMatchObject({ type: 'egress.failed' });
  });

  it('that breaks off is not taken for whole', async () => {
    const server = await serveRaw((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello'));
    const { policy, calls } = world({ ports: { 'site.internal': server.port } });
    const answer = await calls.make(callOf(policy, { url: `http://site.internal:${server.port}/` }));
    expect(['UPSTREAM_UNREACHABLE', 'UPSTREAM_PROTOCOL_REFUSED']).toContain(codeOf(answer));
  });
});

describe('without the ledger', () => {
  const broken = (ledger: LedgerPort, when: { reads?: boolean; appends?: boolean }): LedgerPort => ({
    ...ledger,
    readStream: (...args) => (when.reads ? Promise.reject(new Error('unreachable')) : ledger.readStream(...args)),
    append: (...args) => (when.appends ? Promise.reject(new Error('unreachable')) : ledger.append(...args)),
  });

  it('nothing is sent', async () => {
    const ledger = broken(memoryLedger(), { reads: true });
    const { server, url, policy, calls } = await site((_request, response) => response.end(), { ledger });
    expect(codeOf(await calls.make(callOf(policy, { url })))).toBe('EGRESS_LEDGER_UNREACHABLE');
    expect(server.seen).toHaveLength(0);
  });

  it('an answer that cannot be recorded is not given; once it can, it is, and nothing is sent twice', async () => {
    const when = { appends: true };
    const ledger = broken(memoryLedger(), when);
    const { server, url, policy, calls, world } = await site((_request, response) => response.end('x'), { ledger });
    const call = callOf(policy, { url });
    expect(await calls.make(call)).toMatchObject({ ok: false, rejection: { code: 'EGRESS_LEDGER_UNREACHABLE' } });
    when.appends = false;
    expect(await calls.make(call)).toMatchObject({ ok: true, value: { result: { body: 'x' } } });
    expect(server.seen).toHaveLength(1);
    expect(await factOf(world, call)).toMatchObject({ type: 'egress.completed' });
  });

  it('a POST that was sent but cannot be recorded has an unknown outcome', async () => {
    const ledger = broken(memoryLedger(), { appends: true });
    const { server, url, policy, calls } = await site((_request, response) => response.end('x'), { ledger });
    expect(codeOf(await calls.make(callOf(policy, { url, method: 'POST', body: 'x' })))).toBe('STEP_OUTCOME_UNKNOWN');
    expect(server.seen).toHaveLength(1);
  });

  it('a call that another replica recorded first is answered from that fact', async () => {
    const rival = memoryLedger({
      beforeAppend: async (request) => {
        if (request.appendId === 'rival') return;
        const events = request.writes[0]!.events.map((event) => ({
          ...event,
          id: 'rival',
          data: { ...(event.data as object), status: 201 },
        }));
        await rival.append({ appendId: 'rival', writes: [{ ...request.writes[0]!, events }] });
      },
    });
    const { url, policy, calls } = await site((_request, response) => response.end('x'), { ledger: rival });
    expect(await calls.make(callOf(policy, { url }))).toMatchObject({ ok: true, value: { result: { status: 201 } } });
    expect(rival.events).toHaveLength(1);
  });
});

describe('a call id', () => {
  it('stands for one call only', async () => {
    const { server, url, policy, calls } = await site((_request, response) => response.end());
    const call = callOf(policy, { url });
    await calls.make(call);
    const other = callOf(policy, { url: `${url}/other` }, { callId: call.grant.callId });
    expect(codeOf(await calls.make(other))).toBe('GRANT_MISMATCH');
    expect(server.seen).toHaveLength(1);
  });
});
