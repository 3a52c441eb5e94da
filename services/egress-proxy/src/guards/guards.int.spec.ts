import { ALLOW_ALL, callOf, world } from '../../test/calls.ts';
import { closeAll, codeOf, factOf, serve, serveRaw, site } from '../../test/sites.ts';

afterEach(closeAll);

describe('on the way out', () => {
  it('a port that is not listed is refused before DNS is asked', async () => {
    const made = world({ dns: { 'a.example.org': ['93.184.216.34'] } });
    const answer = await made.calls.make(callOf(made.policy, { url: 'https://a.example.org:22/' }));
    expect(answer).toMatchObject({
      ok: false,
      rejection: { code: 'POLICY_DENIED', allowed: [expect.stringContaining('443')] },
    });
    expect(made.asked).toEqual([]);
  });

  it('a name that looks like data is refused before DNS is asked, unless a rule spells it out', async () => {
    const host = 'jbswy3dpehpk3pxpnb2gk4t6.example.org';
    const made = world();
    expect(codeOf(await made.calls.make(callOf(made.policy, { url: `https://${host}/` })))).toBe('POLICY_DENIED');
    expect(made.asked).toEqual([]);
    const spelled = world({
      rules: ALLOW_ALL.replace(', resource)', `, resource) when { resource.host == "${host}" }`),
    });
    expect(codeOf(await spelled.calls.make(callOf(spelled.policy, { url: `https://${host}/` })))).toBe('DNS_FAILED');
    expect(spelled.asked).toEqual([host]);
  });

  it('a run gets only so many names under wildcards', async () => {
    const made = world({ egress: { maxWildcardNames: 2 } });
    const { grant } = callOf(made.policy, { url: 'https://a.example.org/' });
    const codes: string[] = [];
    for (const label of ['a', 'b', 'a', 'c', 'b'])
      codes.push(
        codeOf(
          await made.calls.make(callOf(made.policy, { url: `https://${label}.example.org/` }, { runId: grant.runId })),
        ),
      );
    expect(codes).toEqual(['DNS_FAILED', 'DNS_FAILED', 'DNS_FAILED', 'POLICY_DENIED', 'DNS_FAILED']);
    expect(made.asked).toEqual(['a.example.org', 'b.example.org', 'a.example.org', 'b.example.org']);
  });

  it('a port of this service itself is refused, also to a destination that the pack names', async () => {
    const own = await serve((_request, response) => response.end());
    const made = world({ ports: { 'site.internal': own.port }, ownPorts: [own.port] });
    const call = callOf(made.policy, { url: `http://site.internal:${own.port}/` });
    expect(codeOf(await made.calls.make(call))).toBe('ADDRESS_REFUSED');
    expect(own.connections()).toBe(0);
  });

  it.each([
    'host',
    'authorization',
    'cookie',
    'proxy-authorization',
    'connection',
    'upgrade',
    'te',
    'trailer',
    'transfer-encoding',
    'content-length',
    'expect',
    'via',
    'forwarded',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-http-method-override',
    'x-method-override',
    'x-original-url',
    'x-rewrite-url',
    'metadata',
    'metadata-flavor',
    'x-aws-ec2-metadata-token',
    'x-aws-ec2-metadata-token-ttl-seconds',
    'x-upstream-https-proxy',
    'range',
    'accept-encoding',
    'referer',
    'origin',
  ])('the header %s is not taken from an agent', async (name) => {
    const { server, url, policy, calls } = await site((_request, response) => response.end());
    expect(codeOf(await calls.make(callOf(policy, { url, headers: { [name]: 'x' } })))).toBe('HEADER_REFUSED');
    expect(codeOf(await calls.make(callOf(policy, { url, headers: { [name.toUpperCase()]: 'x' } })))).toBe(
      'HEADER_REFUSED',
    );
    expect(server.connections()).toBe(0);
  });

  it('only the host of the address and what is listed is sent', async () => {
    const { server, url, policy, calls } = await site((_request, response) => response.end());
    await calls.make(callOf(policy, { url, headers: { accept: 'text/plain' } }));
    expect(server.seen[0]?.headers).toEqual({
      ...{ host: `site.internal:${server.port}`, accept: 'text/plain', 'accept-encoding': 'identity' },
      ...{ 'user-agent': 'causeway-egress', connection: expect.any(String) as string },
    });
  });

  it('each call has a connection of its own', async () => {
    const { server, url, policy, calls } = await site((_request, response) => response.end());
    const { grant } = callOf(policy, { url });
    for (let n = 0; n < 3; n++)
      expect(codeOf(await calls.make(callOf(policy, { url }, { runId: grant.runId })))).toBe('ok');
    expect(server.connections()).toBe(3);
  });
});

describe('on the way back', () => {
  it('a type that the rule does not take is refused before its body is read', async () => {
    const { url, policy, calls, world } = await site(
      ({ target }, response) => response.writeHead(200, { 'content-type': target.slice(1) }).end('{}'),
      { rules: `@contentTypes("application/json")\n${ALLOW_ALL}` },
    );
    expect(codeOf(await calls.make(callOf(policy, { url: `${url}/application/json` })))).toBe('ok');
    const call = callOf(policy, { url: `${url}/text/html` });
    expect(codeOf(await calls.make(call))).toBe('UPSTREAM_PROTOCOL_REFUSED');
    expect(await factOf(world, call)).toMatchObject({
      data: { stage: 'body', detail: expect.stringContaining('text/html') as string },
    });
  });

  it('a body that is not what it says is refused', async () => {
    const { url, policy, calls } = await site((_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('<!doctype html><script>1</script>'),
    );
    expect(codeOf(await calls.make(callOf(policy, { url })))).toBe('UPSTREAM_PROTOCOL_REFUSED');
  });

  it('nothing of an answer is shown that would act on a client', async () => {
    const server = await serveRaw((socket) =>
      socket.end(
        'HTTP/1.1 200 OK\r\nAlt-Svc: h2=":1"\r\nRefresh: 0;url=x\r\nSet-Cookie: a=b\r\nLink: <x>\r\nServer: x\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\nEtag: "1"\r\n\r\n1\r\na\r\n0\r\nX-T: b\r\n\r\n',
      ),
    );
    const { policy, calls } = world({ ports: { 'site.internal': server.port } });
    const answer = await calls.make(callOf(policy, { url: `http://site.internal:${server.port}/` }));
    expect(answer).toMatchObject({ ok: true, value: { result: { body: 'a' } } });
    expect(answer.ok && answer.value.result.headers).toEqual({ etag: '"1"' });
  });

  const slow = { egress: { timeoutMs: 30_000, minBytesPerSecond: 100_000, flowGraceMs: 100 } };
  it('an answer that only drips is cut off long before the time for the call is over', async () => {
    const server = await serveRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n');
      const more = setInterval(() => socket.write('x'), 10);
      socket.on('close', () => clearInterval(more));
    });
    const made = world({ ports: { 'site.internal': server.port }, ...slow });
    const call = callOf(made.policy, { url: `http://site.internal:${server.port}/` });
    expect(codeOf(await made.calls.make(call))).toBe('UPSTREAM_TIMEOUT');
    expect(await factOf(made, call)).toMatchObject({ data: { detail: expect.stringContaining('moved') as string } });
  });

  it('so is a head that drips', async () => {
    const server = await serveRaw((socket) => {
      const more = setInterval(() => socket.write('H'), 10);
      socket.write('HTTP/1.1 200 OK\r\n');
      socket.on('close', () => clearInterval(more));
    });
    const made = world({ ports: { 'site.internal': server.port }, ...slow });
    const call = callOf(made.policy, { url: `http://site.internal:${server.port}/` });
    expect(codeOf(await made.calls.make(call))).toBe('UPSTREAM_TIMEOUT');
    expect(await factOf(made, call)).toMatchObject({ data: { detail: expect.stringContaining('moved') as string } });
  });
});
