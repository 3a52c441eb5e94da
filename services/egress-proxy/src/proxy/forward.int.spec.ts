import { AUTH, basic, proxied, raw, viaProxy, type Proxied, type ProxiedOptions } from '../../test/proxied.ts';
import { closeAll, serve } from '../../test/sites.ts';

const running: Proxied[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()));
  await closeAll();
});

async function behind(respond: Parameters<typeof serve>[0], options: ProxiedOptions = {}) {
  const server = await serve(respond);
  const made = await proxied({ ...options, ports: { 'site.internal': server.port } });
  running.push(made);
  const url = `http://site.internal:${server.port}`;
  return { ...made, made, server, url, ask: (path = '/', more = {}) => viaProxy(made.port, url + path, more) };
}
const factOf = async ({ ledger, grants }: Proxied) => (await ledger.readStream(grants.at(-1)?.callId ?? '', 1))[0];

describe('a request in absolute form', () => {
  it('is answered by the destination, and its fact is in the ledger before', async () => {
    const { ask, made } = await behind((request, response) =>
      response
        .writeHead(201, { 'content-type': 'text/plain', 'x-inside': '1' })
        .end(`${request.method} ${request.target}`),
    );
    const reply = await ask('/page?a=1');
    expect(reply).toMatchObject({ status: 201, body: 'GET /page?a=1', code: undefined });
    expect(reply.headers).toMatchObject({ 'content-type': 'text/plain', via: '1.1 causeway-egress' });
    expect(reply.headers).not.toHaveProperty('x-inside');
    expect(await factOf(made)).toMatchObject({
      type: 'egress.completed',
      data: { status: 201, path: '/page', queryKeys: ['a'] },
    });
  });

  it('carries its body, whatever bytes that has, and what a fetch may say of itself', async () => {
    const { ask, server } = await behind((_request, response) => response.end('ok'));
    const body = Buffer.from([0, 255, 13, 10]);
    const headers = {
      accept: 'a/b',
      authorization: 'Bearer x',
      cookie: 'a=b',
      connection: 'keep-alive, accept-language',
      'accept-language': 'de',
    };
    expect(await ask('/post', { method: 'POST', body, headers })).toMatchObject({ status: 200 });
    expect(server.seen[0]).toMatchObject({ method: 'POST', body: body.toString() });
    expect(Object.keys(server.seen[0]?.headers ?? {}).sort()).toEqual(
      ['accept', 'accept-encoding', 'connection', 'content-length', 'host', 'user-agent', 'via'].sort(),
    );
  });

  it('hands a redirect back, and follows none', async () => {
    const { ask, server } = await behind((_request, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/' }).end('x'),
    );
    expect(await ask()).toMatchObject({ status: 302, headers: { location: 'http://169.254.169.254/' }, body: 'x' });
    expect(server.connections()).toBe(1);
  });

  it('is refused without a credential, or with one that is not true, and nothing is asked for', async () => {
    const { ask, server, steps, port, url } = await behind((_request, response) => response.end());
    const wrong = [
      {},
      { 'proxy-authorization': 'Basic !' },
      { 'proxy-authorization': basic('run_1') },
      { 'proxy-authorization': 'Bearer x' },
    ];
    for (const headers of wrong) {
      const reply = await raw(
        port,
        `GET ${url}/ HTTP/1.1\r\nHost: ${new URL(url).host}\r\n${Object.entries(headers)
          .map(([n, v]) => `${n}: ${v}\r\n`)
          .join('')}Connection: close\r\n\r\n`,
      );
      expect(reply).toMatch(/^HTTP\/1\.1 407 /);
      expect(reply).toContain('CREDENTIAL_MISSING');
    }
    expect(steps).toEqual([]);
    const reply = await ask('/', { headers: { 'proxy-authorization': basic(undefined, 'y'.repeat(47)) } });
    expect(reply).toMatchObject({ status: 407, code: 'CREDENTIAL_INVALID' });
    expect(reply.headers['proxy-authenticate']).toMatch(/^Basic /);
    expect(server.connections()).toBe(0);
  });

  it('is refused by policy with the rule and what would be allowed', async () => {
    const rules =
      '@id("pages") @reason("Read pages.") permit (principal, action == Action::"network.forward", resource) when { context.path == "/page" };';
    const { ask, server } = await behind((_request, response) => response.end('ok'), { rules });
    const reply = await ask('/other');
    expect(reply).toMatchObject({ status: 403, code: 'POLICY_DENIED' });
    expect(JSON.parse(reply.body)).toMatchObject({ rule: 'default-deny', allowed: ['Read pages (rule pages)'] });
    expect(await ask('/page')).toMatchObject({ status: 200 });
    expect(server.connections()).toBe(1);
  });

  it('has every guard of a fetch, and says no more than a fetch does', async () => {
    const { port } = await behind((_request, response) => response.end());
    expect(await viaProxy(port, 'http://127.0.0.1/')).toMatchObject({ code: 'ADDRESS_REFUSED' });
    expect(await viaProxy(port, 'http://169.254.169.254/')).toMatchObject({ code: 'ADDRESS_REFUSED' });
    expect((await viaProxy(port, 'http://127.0.0.1/')).body).not.toContain('127.0.0.1');
  });

  it('to this proxy itself goes nowhere', async () => {
    const made = await proxied({ ports: {} });
    running.push(made);
    const again = await proxied({ ports: { 'loop.internal': made.port }, ownPorts: [made.port] });
    running.push(again);
    expect(await viaProxy(made.port, `http://127.0.0.1:${made.port}/`)).toMatchObject({ status: 403 });
    const looped = await behind((_request, response) => response.end());
    expect(await looped.ask('/', { headers: { via: '1.0 a, 1.1 causeway-egress' } })).toMatchObject({
      code: 'POLICY_DENIED',
    });
    expect(looped.server.connections()).toBe(0);
  });

  it('with a wrong form is offered as a step that nothing can take up, so that the ledger has it', async () => {
    const { ask, server, steps, grants } = await behind((_request, response) => response.end());
    const reply = await ask('/', { headers: { host: 'evil.example.org' } });
    expect(reply).toMatchObject({ status: 403, code: 'POLICY_DENIED' });
    expect(JSON.parse(reply.body)).toMatchObject({
      rule: 'input-refused',
      detail: expect.stringContaining('Host') as string,
    });
    expect(steps).toMatchObject([{ input: { problem: expect.stringContaining('Host') as string } }]);
    expect([grants, server.connections()]).toEqual([[], 0]);
  });

  it.each([
    ['a control character in a field', 'X-A: a\u0001b'],
    ['a space before a colon', 'X-A : b'],
  ])('with %s is none that HTTP/1.1 has, and nothing is asked for', async (_what, field) => {
    const { port, url, steps, server } = await behind((_request, response) => response.end());
    const fields = [`Host: ${new URL(url).host}`, `Proxy-Authorization: ${AUTH['proxy-authorization']}`, field];
    const text = await raw(port, [`GET ${url}/ HTTP/1.1`, ...fields, 'Connection: close', '', ''].join('\r\n'));
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toContain('REQUEST_INVALID');
    expect([steps, server.connections()]).toEqual([[], 0]);
  });

  it('with a body above the limit is refused', async () => {
    const { ask, server } = await behind((_request, response) => response.end());
    expect(await ask('/', { method: 'POST', body: 'x'.repeat(1_001) })).toMatchObject({
      status: 403,
      code: 'POLICY_DENIED',
    });
    expect(server.connections()).toBe(0);
  });

  it('waits for a person no longer than the pack says, and is told which approval it needs', async () => {
    const approvalId = 'apr_00000000000000000000000001';
    const { ask, server } = await behind((_request, response) => response.end(), {
      outcome: ({ runId, stepId, capability }) => ({
        ok: true,
        value: {
          ...{ runId, stepId, capability, state: 'held', attempt: 0, position: 0, approvalId, rule: 'publish' },
          budget: { steps: { limit: 1, used: 0, reserved: 0 }, wallClockMs: { limit: 1, used: 0 } },
        },
      }),
    });
    const reply = await ask('/');
    expect(reply).toMatchObject({ status: 403, code: 'POLICY_DENIED' });
    expect(JSON.parse(reply.body)).toMatchObject({ rule: 'publish', facts: { approvalId } });
    expect(server.connections()).toBe(0);
  });

  it('cannot be taken up by a grant for another run or another input', async () => {
    for (const grant of [
      { runId: 'run_00000000000000000000000009' },
      { stepId: 'other' },
      { inputDigest: 'a'.repeat(64) },
    ]) {
      const { ask, server } = await behind((_request, response) => response.end(), { grant });
      expect(await ask('/')).toMatchObject({ code: 'CONNECTION_GONE' });
      expect(server.connections()).toBe(0);
    }
  });

  it.each([
    [
      'a length and a transfer encoding',
      'POST SITE/ HTTP/1.1\r\nHost: HOST\r\nAUTH\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'two lengths',
      'POST SITE/ HTTP/1.1\r\nHost: HOST\r\nAUTH\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'an unknown transfer encoding',
      'POST SITE/ HTTP/1.1\r\nHost: HOST\r\nAUTH\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
      /^HTTP\/1\.1 4/,
    ],
    ['a folded field', 'GET SITE/ HTTP/1.1\r\nHost: HOST\r\nAUTH\r\nX: a\r\n b\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['a space before the colon', 'GET SITE/ HTTP/1.1\r\nHost : HOST\r\nAUTH\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['HTTP/0.9', 'GET SITE/\r\n', /^(?:HTTP\/1\.1 4|$)/],
    [
      'another Host',
      'GET SITE/ HTTP/1.1\r\nHost: evil.example.org\r\nAUTH\r\nConnection: close\r\n\r\n',
      /^HTTP\/1\.1 403 /,
    ],
    [
      'two Hosts',
      'GET SITE/ HTTP/1.1\r\nHost: HOST\r\nHost: evil.example.org\r\nAUTH\r\nConnection: close\r\n\r\n',
      /^HTTP\/1\.1 40[03] /,
    ],
    ['HTTP/1.0', 'GET SITE/ HTTP/1.0\r\nHost: HOST\r\nAUTH\r\n\r\n', /^HTTP\/1\.1 403 /],
    [
      'a switch of protocols',
      'GET SITE/ HTTP/1.1\r\nHost: HOST\r\nAUTH\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      /^HTTP\/1\.1 403 /,
    ],
    ['no absolute form', 'GET / HTTP/1.1\r\nHost: HOST\r\nAUTH\r\nConnection: close\r\n\r\n', /^HTTP\/1\.1 403 /],
    [
      'a user in the address',
      'GET http://HOST@evil.example.org/ HTTP/1.1\r\nHost: HOST\r\nAUTH\r\nConnection: close\r\n\r\n',
      /^HTTP\/1\.1 403 /,
    ],
    [
      'two credentials',
      'GET SITE/ HTTP/1.1\r\nHost: HOST\r\nAUTH\r\nAUTH\r\nConnection: close\r\n\r\n',
      /^HTTP\/1\.1 40[07] /,
    ],
  ])('with %s does not get out', async (_name, text, expected) => {
    const { port, url, server } = await behind((_request, response) => response.end());
    const auth = `Proxy-Authorization: ${AUTH['proxy-authorization']}`;
    const reply = await raw(
      port,
      text.replaceAll('SITE', url).replaceAll('HOST', new URL(url).host).replaceAll('AUTH', auth),
    );
    expect(reply).toMatch(expected);
    expect(server.connections()).toBe(0);
  });
});
