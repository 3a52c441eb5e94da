import { connect as connectTls } from 'node:tls';
import type { Socket } from 'node:net';
import {
  ask,
  factAt,
  HOST,
  identity,
  insideOf,
  loadCertificates,
  type Looked,
  lookedInto,
  rawInside,
  viaTunnel,
} from '../../test/intercepted.features.ts';
import { authoritiesFrom, connectVia, RUN_ID, tlsIn } from '../../test/proxied.ts';
import { closeAll } from '../../test/sites.ts';

const running: Looked[] = [];
beforeAll(loadCertificates, 60_000);
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()));
  await closeAll();
});

type Respond = Parameters<typeof lookedInto>[0];
const saying: Respond = ({ target, method }, response) => void response.end(`${method} ${target}`);
async function behind(respond: Respond = saying, options: Parameters<typeof lookedInto>[1] = {}): Promise<Looked> {
  const made = await lookedInto(respond, options);
  running.push(made);
  return made;
}
const closed = (socket: { once: (event: 'close', listener: () => void) => unknown }): Promise<void> =>
  new Promise((resolve) => void socket.once('close', resolve));

describe('a tunnel that is looked into', () => {
  it('has a step, a decision and a fact for every request, and is charged nothing besides', async () => {
    const made = await behind();
    const { socket } = await connectVia(made.port, made.target);
    const tls = await tlsIn(socket, { servername: HOST, ca: made.ca });
    expect(tls.alpnProtocol).toBe(false);
    expect(await ask(tls, made.target, '/a?x=1')).toMatchObject({ status: 200, body: 'GET /a?x=1', code: undefined });
    expect(await ask(tls, made.target, '/b', { method: 'POST', body: 'x' })).toMatchObject({ body: 'POST /b' });
    const shown = tls.getPeerX509Certificate()?.fingerprint256.replaceAll(':', '').toLowerCase();
    const over = closed(socket);
    tls.end();
    await over;
    const own = { callId: made.grants[0]?.callId, host: HOST, method: 'CONNECT', bytesIn: 0, bytesOut: 0 };
    const outer = await factAt(made, 0);
    expect(outer).toMatchObject({
      type: 'egress.tunnelled',
      data: { ...own, endedBy: 'client', intercepted: { requests: 2 } },
    });
    expect([outer.data['clientBytesIn'], outer.data['clientBytesOut']]).toEqual([
      socket.bytesWritten,
      socket.bytesRead,
    ]);
    expect(outer.data['intercepted']).toMatchObject({
      certificateSha256: shown,
    });
    expect(await factAt(made, 1)).toMatchObject({
      type: 'egress.completed',
      data: { path: '/a', queryKeys: ['x'], scheme: 'https', rule: 'all' },
    });
    expect((await factAt(made, 1)).data['bytesIn']).toBeGreaterThan(0);
    const [opened, ...asked] = made.steps;
    expect(asked.map(({ capability, input }) => [capability, input['url'], input['tunnel']])).toEqual(
      ['/a?x=1', '/b'].map((path) => ['network.forward', made.origin + path, opened?.input['connection']]),
    );
  });

  it('is one for the hosts that the pack says, and no other', async () => {
    const made = await behind(saying, { egress: { intercept: ['*.internal.example.org', 'other.internal'] } });
    const { socket } = await connectVia(made.port, made.target);
    const tls = await tlsIn(socket, { servername: HOST, ca: identity.cert });
    tls.end(`GET / HTTP/1.1\r\nHost: ${made.target}\r\nConnection: close\r\n\r\n`);
    await closed(tls.resume());
    const { data } = await factAt(made, 0);
    expect(data).not.toHaveProperty('intercepted');
    expect(data['bytesIn']).toBeGreaterThan(0);
  });

  it('keeps its connection for many requests, and answers those that are sent at once in their order', async () => {
    const made = await behind();
    const tls = await insideOf(made);
    for (let n = 0; n < 20; n++) expect(await ask(tls, made.target, `/${n}`)).toMatchObject({ body: `GET /${n}` });
    const one = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: ${made.target}\r\n${more}\r\n`;
    const text = await rawInside(tls, one('/x') + one('/y') + one('/z', 'Connection: close\r\n'));
    expect(text.match(/GET \/[xyz]/g)).toEqual(['GET /x', 'GET /y', 'GET /z']);
    expect(made.server.connections()).toBe(23);
    expect((await factAt(made, 0)).data['intercepted']).toMatchObject({ requests: 23 });
  });

  it('is decided by path and method, as no relayed tunnel is', async () => {
    const rules = `@id("tunnels") permit (principal, action == Action::"network.tunnel", resource);
      @id("pages") @reason("Read pages.") permit (principal, action == Action::"network.forward", resource)
      when { context.method == "GET" && context.path like "/pages/*" };`;
    const made = await behind(saying, { rules });
    expect(await viaTunnel(made, '/pages/1')).toMatchObject({ status: 200 });
    for (const [path, method] of [
      ['/secret', 'GET'],
      ['/pages/1', 'POST'],
    ] as const) {
      const reply = await viaTunnel(made, path, { method });
      expect(reply).toMatchObject({ status: 403, code: 'POLICY_DENIED' });
      expect(JSON.parse(reply.body)).toMatchObject({ rule: 'default-deny', allowed: ['Read pages (rule pages)'] });
    }
    expect(made.server.connections()).toBe(1);
  });

  it.each([
    ['another Host', 'GET / HTTP/1.1\r\nHost: evil.example.org\r\n\r\n', 403, 'Host'],
    ['another port in Host', 'GET / HTTP/1.1\r\nHost: site.internal:1\r\n\r\n', 403, 'Host'],
    ['no Host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 403, 'Host'],
    ['two Hosts', 'GET / HTTP/1.1\r\nHost: HOST\r\nHost: evil.example.org\r\n\r\n', 403, 'host is there twice'],
    [
      'another host as its target',
      'GET https://evil.example.org/ HTTP/1.1\r\nHost: evil.example.org\r\n\r\n',
      403,
      'must be a path',
    ],
    ['its own host as its target', 'GET https://HOST/ HTTP/1.1\r\nHost: HOST\r\n\r\n', 403, 'must be a path'],
    ['a star as its target', 'OPTIONS * HTTP/1.1\r\nHost: HOST\r\n\r\n', 403, 'must be a path'],
    ['a path that is read in two ways', 'GET /a/%2e%2e/b HTTP/1.1\r\nHost: HOST\r\n\r\n', 403, 'address'],
    [
      'a switch of protocols',
      'GET / HTTP/1.1\r\nHost: HOST\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      403,
      'switch',
    ],
    ['HTTP/1.0', 'GET / HTTP/1.0\r\nHost: HOST\r\n\r\n', 403, 'HTTP/1.0'],
    ['a circle', 'GET / HTTP/1.1\r\nHost: HOST\r\nVia: 1.1 causeway-egress\r\n\r\n', 403, 'circle'],
    ['a tunnel', 'CONNECT evil.example.org:443 HTTP/1.1\r\nHost: evil.example.org:443\r\n\r\n', 400, 'tunnel within'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'HTTP/1.1'],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx',
      400,
      'HTTP/1.1',
    ],
    [
      'a length and an encoding',
      'POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'HTTP/1.1',
    ],
    [
      'an odd encoding',
      'POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
      400,
      'HTTP/1.1',
    ],
    ['a folded field', 'GET / HTTP/1.1\r\nHost: HOST\r\nX: a\r\n b\r\n\r\n', 400, 'HTTP/1.1'],
    ['a space before the colon', 'GET / HTTP/1.1\r\nHost : HOST\r\n\r\n', 400, 'HTTP/1.1'],
    ['HTTP/0.9', 'GET /\r\n\r\n', 403, 'HTTP/1.1'],
  ])('lets no request through with %s, and has it in the ledger', async (_name, text, status, problem) => {
    const made = await behind();
    const tls = await insideOf(made);
    const sent = rawInside(
      tls,
      text.replaceAll('HOST', made.target).replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'),
    );
    expect(await sent).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(made.steps.at(-1)).toMatchObject({
      capability: 'network.forward',
      input: { problem: expect.stringContaining(problem) as string, headers: {} },
    });
    expect([made.server.connections(), made.grants.length]).toEqual([0, 1]);
  });

  describe('begins with TLS for its host alone:', () => {
    const tls = (options: object) => (socket: Socket) =>
      void connectTls({ socket, rejectUnauthorized: false, ...options }).on('error', () => {});

    it.each([
      ['not with HTTP', (socket: Socket) => void socket.write('GET / HTTP/1.1\r\nHost: site.internal\r\n\r\n')],
      ['not with nothing', () => {}],
      ['not with an end', (socket: Socket) => void socket.end()],
      ['not with half a hello', (socket: Socket) => void socket.write(Buffer.from([22, 3, 1, 1]))],
      ['not for another host', tls({ servername: 'evil.example.org' })],
      ['not for no host', tls({ servername: '' })],
      ['not with HTTP/2 alone', tls({ servername: HOST, ALPNProtocols: ['h2'] })],
      [
        'not with an old version',
        tls({ servername: HOST, minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }),
      ],
    ])('%s', async (_name, send) => {
      const made = await behind(saying, { egress: { flowGraceMs: 300 } });
      const { socket } = await connectVia(made.port, made.target);
      socket.on('error', () => {});
      send(socket);
      await closed(socket.resume());
      const { type, data } = await factAt(made, 0);
      expect({ type, code: data['code'], bytesOut: data['bytesOut'] }).toEqual({
        type: 'egress.denied',
        code: 'TUNNEL_REFUSED',
        bytesOut: 0,
      });
      expect(made.server.connections()).toBe(0);
    });

    it('it takes HTTP/1.1 where a client offers more', async () => {
      const made = await behind();
      const { socket } = await connectVia(made.port, made.target);
      const inner = connectTls({ socket, servername: HOST, ca: made.ca, ALPNProtocols: ['h2', 'http/1.1'] });
      await new Promise((resolve) => void inner.once('secureConnect', resolve));
      expect(inner.alpnProtocol).toBe('http/1.1');
    });
  });

  it.each([
    ['the destination itself', async () => identity.cert],
    [
      'the authority of another run',
      () => authoritiesFrom(Buffer.alloc(32, 5)).certificateOf('run_00000000000000000000000009', ['*']),
    ],
    [
      'the authority that another key makes for this run',
      () => authoritiesFrom(Buffer.alloc(32, 6)).certificateOf(RUN_ID, ['*']),
    ],
  ])('is nothing to a client that trusts only %s, and nothing leaves', async (_name, trusted) => {
    const made = await behind();
    const { socket } = await connectVia(made.port, made.target);
    await expect(tlsIn(socket, { servername: HOST, ca: await trusted() })).rejects.toThrow(/certificate|closed/);
    socket.destroy();
    const { data } = await factAt(made, 0);
    expect(data).toMatchObject({ code: 'TUNNEL_REFUSED', bytesOut: 0, intercepted: { requests: 0 } });
    expect(data['detail']).toContain('http://causeway.invalid/ca.pem');
    expect([made.server.connections(), made.steps.length]).toEqual([0, 1]);
  });

  it('is shown the same authority by every replica that has the same key', async () => {
    const [one, two] = [await behind(), await behind()];
    expect(await viaTunnel({ ...two, ca: one.ca }, '/')).toMatchObject({ status: 200 });
    const other = await behind(saying, { runAuthorities: authoritiesFrom(Buffer.alloc(32, 6)) });
    await expect(viaTunnel({ ...other, ca: one.ca }, '/')).rejects.toThrow(/certificate|closed/);
  });
});
