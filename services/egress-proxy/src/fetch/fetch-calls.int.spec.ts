import { callOf, world } from '../../test/calls.ts';
import { destination } from '../../test/destination.ts';
import { closeAll, codeOf, factOf, serveRaw, sha256, site } from '../../test/sites.ts';

afterEach(closeAll);

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
    expect(again.ok && again.value.incomplete).toBe(true);
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
