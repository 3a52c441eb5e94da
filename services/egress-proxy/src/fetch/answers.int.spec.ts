import { callOf, world } from '../../test/calls.ts';
import { closeAll, codeOf, factOf, serveRaw, site } from '../../test/sites.ts';

afterEach(closeAll);

describe('an answer', () => {
  const limits = { egress: { maxResponseBytes: 1_000 } };
  const impatient = { egress: { timeoutMs: 400 } };

  it('that announces more than may come in is not read', async () => {
    const { url, policy, calls } = await site(
      (_request, response) => response.writeHead(200, { 'content-length': '1001' }).end('x'.repeat(1_001)),
      { egress: { maxResponseBytes: 1_000 } },
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

  it('may have exactly as many bytes as policy and grant allow', async () => {
    const { url, policy, calls } = await site(({ target }, response) => {
      response.flushHeaders();
      response.end('x'.repeat(Number(target.slice(1))));
    }, limits);
    const sized = async (sizeBytes: number, byteAllowance = 5_000) =>
      codeOf(await calls.make(callOf(policy, { url: `${url}/${sizeBytes}` }, { byteAllowance })));
    expect([await sized(1_000), await sized(1_001)]).toEqual(['ok', 'RESPONSE_TOO_LARGE']);
    expect([await sized(100, 100), await sized(101, 100)]).toEqual(['ok', 'RESPONSE_TOO_LARGE']);
  });

  it('that wraps little in a lot is cut off too', async () => {
    const server = await serveRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      const chunk = `1;${'x'.repeat(2_000)}\r\ny\r\n`;
      for (let n = 0; n < 100; n++) socket.write(chunk);
      socket.end('0\r\n\r\n');
    });
    const { policy, calls } = world({ ports: { 'site.internal': server.port }, ...limits });
    const code = codeOf(await calls.make(callOf(policy, { url: `http://site.internal:${server.port}/` })));
    expect(['RESPONSE_TOO_LARGE', 'UPSTREAM_PROTOCOL_REFUSED']).toContain(code);
  });

  it('that does not come, or drips, is waited for no longer than policy says, or the grant', async () => {
    const silent = await site(() => {}, impatient);
    expect(codeOf(await silent.calls.make(callOf(silent.policy, { url: silent.url })))).toBe('UPSTREAM_TIMEOUT');
    const dripping = await site((_request, response) => {
      const more = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(more));
    }, impatient);
    expect(codeOf(await dripping.calls.make(callOf(dripping.policy, { url: dripping.url })))).toBe('UPSTREAM_TIMEOUT');
    const patient = await site(() => {});
    const soon = { deadlineAt: new Date(Date.now() + 300).toISOString() };
    const call = callOf(patient.policy, { url: patient.url }, soon);
    expect(codeOf(await patient.calls.make(call))).toBe('UPSTREAM_TIMEOUT');
    const { data } = (await factOf(patient.world, call))!;
    const [, allowedMs] = /within its (\d+) ms/.exec((data as { detail: string }).detail) ?? [];
    expect(Number(allowedMs)).toBeLessThanOrEqual(300);
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
