import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import {
  connectVia,
  proxied,
  raw,
  RUN_ID,
  tlsIn,
  AUTH,
  type Proxied,
  type ProxiedOptions,
} from '../../test/proxied.ts';
import { selfSigned } from '@causeway/testing';
import { closeAll, serve, serveRaw } from '../../test/sites.ts';

const HOST = 'site.internal';
const identity = selfSigned(HOST);
const running: Proxied[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()));
  await closeAll();
});

async function behind(options: ProxiedOptions & { readonly server?: Awaited<ReturnType<typeof serve>> } = {}) {
  const server = options.server ?? (await serve(({ target }, response) => response.end(`got ${target}`), identity));
  const made = await proxied({ ...options, ports: { [HOST]: server.port } });
  running.push(made);
  return { ...made, made, server, target: `${HOST}:${server.port}` };
}

/** The fact of the last tunnel, once it is there. */
async function factOf({ ledger, grants }: Proxied) {
  for (;;) {
    const [fact] = await ledger.readStream(grants.at(-1)?.callId ?? '', 1);
    if (fact) return fact as unknown as { type: string; data: Record<string, unknown> };
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
const closed = (socket: { once: (event: 'close', listener: () => void) => unknown }): Promise<void> =>
  new Promise((resolve) => void socket.once('close', resolve));

async function get(port: number, target: string, path = '/'): Promise<string> {
  const { socket } = await connectVia(port, target);
  const tls = await tlsIn(socket, { servername: HOST, ca: identity.cert });
  tls.end(`GET ${path} HTTP/1.1\r\nHost: ${target}\r\nConnection: close\r\n\r\n`);
  let text = '';
  for await (const chunk of tls as AsyncIterable<Buffer>) text += chunk.toString();
  return text;
}

describe('a tunnel', () => {
  it('carries TLS from end to end, and its fact has the bytes of all four directions', async () => {
    const { port, target, made, server } = await behind();
    const { socket, reply } = await connectVia(port, target);
    expect(reply.status).toBe(200);
    const tls = await tlsIn(socket, { servername: HOST, ca: identity.cert });
    tls.end(`GET /a HTTP/1.1\r\nHost: ${target}\r\nConnection: close\r\n\r\n`);
    let text = '';
    for await (const chunk of tls as AsyncIterable<Buffer>) text += chunk.toString();
    expect(text).toContain('got /a');
    const { type, data } = await factOf(made);
    expect(type).toBe('egress.tunnelled');
    expect(data).toMatchObject({ method: 'CONNECT', host: HOST, port: server.port, rule: 'all', runId: RUN_ID });
    expect([data['clientBytesIn'], data['clientBytesOut']]).toEqual([socket.bytesWritten, socket.bytesRead]);
    const answer = 'HTTP/1.1 200 Connection established\r\nVia: 1.1 causeway-egress\r\n\r\n'.length;
    expect(data['bytesIn']).toBe(socket.bytesRead - answer);
    expect(Number(data['clientBytesIn']) - Number(data['bytesOut'])).toBe(
      `CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\nproxy-authorization: ${AUTH['proxy-authorization']}\r\n\r\n`
        .length,
    );
  });

  it('loses nothing when the destination ends right after a large answer', async () => {
    const large = 'x'.repeat(3_000_000);
    const server = await serve((_request, response) => response.end(large), identity);
    const { port, target } = await behind({ server });
    expect((await get(port, target)).length).toBeGreaterThan(large.length);
  });

  it('takes a second hello for the same host, which a destination may ask for', async () => {
    const server = await serve(({ target }, response) => response.end(target), {
      ...identity,
      ecdhCurve: 'P-384',
      minVersion: 'TLSv1.3',
    });
    const { port, target } = await behind({ server });
    expect(await get(port, target, '/again')).toContain('/again');
  });

  it('is not opened without a credential, or with one that is not true', async () => {
    const { port, target, server, steps } = await behind();
    expect((await connectVia(port, target, {})).reply).toMatchObject({ status: 407, code: 'CREDENTIAL_MISSING' });
    expect(steps).toEqual([]);
    const forged = { 'proxy-authorization': AUTH['proxy-authorization'].replace('Basic ', 'Basic cnVu') };
    expect((await connectVia(port, target, forged)).reply).toMatchObject({ status: 407 });
    expect(server.connections()).toBe(0);
  });

  it('does not make the next connection from the same place trusted', async () => {
    const { port, target } = await behind();
    expect((await connectVia(port, target)).reply.status).toBe(200);
    expect((await connectVia(port, target, {})).reply.status).toBe(407);
  });

  it('is not opened under another rule than the one that a person agreed to', async () => {
    const rules = '@id("asked") @approval("human") permit (principal, action == Action::"network.tunnel", resource);';
    const { port, target, server } = await behind({ rules, grant: { rule: 'another' } });
    expect((await connectVia(port, target)).reply).toMatchObject({ status: 403, code: 'POLICY_DENIED' });
    expect(server.connections()).toBe(0);
    const agreed = await behind({ rules });
    expect((await connectVia(agreed.port, agreed.target)).reply.status).toBe(200);
  });

  it('is refused by policy before anything is looked up, with the rule', async () => {
    const rules = `@id("one") permit (principal, action == Action::"network.tunnel", resource) when { resource.host == "${HOST}" && context.sni == "${HOST}" };`;
    const { port, target, asked } = await behind({ rules });
    const { reply } = await connectVia(port, 'other.example.org:443');
    expect(reply).toMatchObject({ status: 403, code: 'POLICY_DENIED' });
    expect(JSON.parse(reply.body)).toMatchObject({ rule: 'default-deny' });
    expect(asked).toEqual([]);
    expect((await connectVia(port, target)).reply.status).toBe(200);
  });

  it.each([
    ['an address', '93.184.216.34:443', 'ADDRESS_REFUSED'],
    ['this machine', '127.0.0.1:443', 'ADDRESS_REFUSED'],
    ['metadata', '169.254.169.254:443', 'ADDRESS_REFUSED'],
    ['an IPv6 address', '[::1]:443', 'ADDRESS_REFUSED'],
    ['a port that is not listed', 'a.example.org:25', 'POLICY_DENIED'],
    ['the port of plain HTTP', 'a.example.org:80', 'POLICY_DENIED'],
    ['a name with an inner address', 'a.example.org:443', 'ADDRESS_REFUSED'],
    ['a name of local networks', 'localhost:443', 'ADDRESS_REFUSED'],
    ['a name that looks like data', 'jbswy3dpehpk3pxpnb2gk4t6.example.org:443', 'POLICY_DENIED'],
  ])('to %s is refused', async (_name, target, code) => {
    const { port } = await behind({ dns: { 'a.example.org': ['10.0.0.1'] } });
    expect((await connectVia(port, target)).reply).toMatchObject({ code });
  });

  it.each([
    ['a user', 'CONNECT user@HOST HTTP/1.1\r\nHost: HOST\r\nAUTH\r\n\r\n'],
    ['no port', 'CONNECT site.internal HTTP/1.1\r\nHost: site.internal\r\nAUTH\r\n\r\n'],
    ['a path', 'CONNECT HOST/x HTTP/1.1\r\nHost: HOST\r\nAUTH\r\n\r\n'],
    ['a scheme', 'CONNECT https://HOST HTTP/1.1\r\nHost: HOST\r\nAUTH\r\n\r\n'],
    ['another Host', 'CONNECT HOST HTTP/1.1\r\nHost: evil.example.org:443\r\nAUTH\r\n\r\n'],
    ['two Hosts', 'CONNECT HOST HTTP/1.1\r\nHost: HOST\r\nHost: evil.example.org\r\nAUTH\r\n\r\n'],
    ['a body', 'CONNECT HOST HTTP/1.1\r\nHost: HOST\r\nAUTH\r\nContent-Length: 4\r\n\r\nabcd'],
    ['brackets around a name', 'CONNECT [site.internal]:443 HTTP/1.1\r\nHost: HOST\r\nAUTH\r\n\r\n'],
    ['an odd address', 'CONNECT 0x7f.1:443 HTTP/1.1\r\nHost: 0x7f.1:443\r\nAUTH\r\n\r\n'],
    ['a circle', 'CONNECT HOST HTTP/1.1\r\nHost: HOST\r\nVia: 1.1 causeway-egress\r\nAUTH\r\n\r\n'],
  ])('with %s in its request is not opened', async (_name, text) => {
    const { port, target, server } = await behind();
    const auth = `Proxy-Authorization: ${AUTH['proxy-authorization']}`;
    expect(await raw(port, text.replaceAll('HOST', target).replaceAll('AUTH', auth))).toMatch(/^HTTP\/1\.1 40[03] /);
    expect(server.connections()).toBe(0);
  });

  it('takes HTTP/1.0 without Host, as older clients ask for tunnels', async () => {
    const { port, target } = await behind();
    const auth = `Proxy-Authorization: ${AUTH['proxy-authorization']}`;
    expect(await raw(port, `CONNECT ${target} HTTP/1.0\r\n${auth}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
  });

  describe('lets nothing through to a destination', () => {
    async function refused(send: (socket: Socket) => void) {
      const got: Buffer[] = [];
      const server = await serveRaw((socket) => socket.on('data', (chunk) => got.push(chunk)));
      const made = await behind({ server, egress: { flowGraceMs: 200 } });
      const { socket, reply } = await connectVia(made.port, made.target);
      expect(reply.status).toBe(200);
      socket.on('error', () => {});
      send(socket);
      await closed(socket.resume());
      const { type, data } = await factOf(made.made);
      return { got: [...got.map(String), ...server.seen.map(({ body }) => body)], type, data };
    }
    const tls = (options: object) => (socket: Socket) =>
      void connectTls({ socket, rejectUnauthorized: false, ...options }).on('error', () => {});

    it.each([
      ['that is HTTP', (socket: Socket) => void socket.write('GET / HTTP/1.1\r\nHost: site.internal\r\n\r\n')],
      ['that is SSH', (socket: Socket) => void socket.write('SSH-2.0-x\r\n')],
      [
        'that is another CONNECT',
        (socket: Socket) => void socket.write('CONNECT evil.example.org:443 HTTP/1.1\r\n\r\n'),
      ],
      ['that is TLS for another host', tls({ servername: 'evil.example.org' })],
      ['that is TLS without a name', tls({ servername: '' })],
      ['when nothing comes', () => {}],
      ['when it ends at once', (socket: Socket) => void socket.end()],
    ])('%s', async (_name, send) => {
      const { got, type, data } = await refused(send);
      expect(got).toEqual([]);
      expect({ type, code: data['code'], bytesOut: data['bytesOut'] }).toEqual({
        type: 'egress.denied',
        code: 'TUNNEL_REFUSED',
        bytesOut: 0,
      });
    });
  });

  it('is cut when its bytes are used up, and says so', async () => {
    const server = await serve((_request, response) => response.end('x'.repeat(200_000)), identity);
    const { port, target, made } = await behind({ server, egress: { tunnelBytesIn: 50_000 } });
    await get(port, target).catch(() => {});
    const { type, data } = await factOf(made);
    expect({ type, endedBy: data['endedBy'] }).toEqual({ type: 'egress.tunnelled', endedBy: 'bytes' });
  });

  it('keeps to what the grant reserved, where that is less than the pack gives', async () => {
    const server = await serve((_request, response) => response.end('x'.repeat(200_000)), identity);
    const reserved = { bytesIn: 10_000, bytesOut: 10_000 };
    const { port, target, made } = await behind({ server, grant: { reserved } });
    await get(port, target).catch(() => {});
    expect((await factOf(made)).data['endedBy']).toBe('bytes');
  });

  it('ends when its time is over', async () => {
    const { port, target, made } = await behind({ egress: { tunnelMs: 1_000 } });
    const { socket } = await connectVia(port, target);
    const tls = await tlsIn(socket, { servername: HOST, ca: identity.cert });
    tls.on('error', () => {});
    await closed(tls.resume());
    expect((await factOf(made)).data['endedBy']).toBe('time');
  });

  it.each([
    ['its run is cancelled', { runId: RUN_ID }],
    ['its agent is stopped', { agentId: 'agent-1' }],
  ])('ends at once when %s', async (_name, what) => {
    const { port, target, made } = await behind();
    const { socket } = await connectVia(port, target);
    const tls = await tlsIn(socket, { servername: HOST, ca: identity.cert });
    tls.on('error', () => {});
    made.inHand.stop(what, 'it is over');
    await closed(tls.resume());
    const { type, data } = await factOf(made);
    expect({ type, code: data['code'], sent: data['sent'] }).toEqual({
      type: 'egress.failed',
      code: 'KILLED',
      sent: true,
    });
  });

  it('whose client goes away lets go of the destination', async () => {
    const { port, target, made } = await behind();
    const { socket } = await connectVia(port, target);
    const tls = await tlsIn(socket, { servername: HOST, ca: identity.cert });
    tls.destroy();
    socket.destroy();
    const { type, data } = await factOf(made);
    expect({ type, endedBy: data['endedBy'] }).toEqual({ type: 'egress.tunnelled', endedBy: 'client' });
  });

  it('is held once: the same call again is answered from its fact', async () => {
    const { port, target, made, server } = await behind();
    await get(port, target);
    await factOf(made);
    const [grant] = made.grants;
    const [step] = made.steps;
    const again = await made.proxy.takeUp.tunnel({ grant, input: step?.input } as never, {
      id: 'x',
      actor: { kind: 'system', id: 'y' },
    });
    expect(again).toMatchObject({ ok: true, value: { result: { endedBy: expect.any(String) as string } } });
    expect(server.connections()).toBe(1);
  });
});

describe('a live tunnel', () => {
  it('ends when its rule is not in force any more, and goes on through every other change', async () => {
    const told = new Set<() => void>();
    const inForce = { now: true };
    const packs = {
      mayGoOn: ({ rule }: { readonly rule: string }) => inForce.now && rule === 'all',
      onPolicyChange: (listener: () => void) => {
        told.add(listener);
        return () => void told.delete(listener);
      },
    };
    const { port, target, made } = await behind({ packs });
    const { socket } = await connectVia(port, target);
    const tls = await tlsIn(socket, { servername: HOST, ca: identity.cert });
    expect(told.size).toBe(1);
    for (const tell of told) tell();
    tls.write(`GET /a HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
    await new Promise((resolve) => tls.once('data', resolve));
    inForce.now = false;
    const over = closed(socket);
    for (const tell of told) tell();
    await over;
    expect(await factOf(made)).toMatchObject({
      type: 'egress.failed',
      data: { code: 'KILLED', detail: expect.stringContaining('the rule all is not in force any more') as string },
    });
    expect(told.size).toBe(0);
  });
});
