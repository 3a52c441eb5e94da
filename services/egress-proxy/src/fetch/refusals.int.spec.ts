import { ALLOW_ALL, callOf, world } from '../../test/calls.ts';
import { closeAll, codeOf, factOf, serve, site } from '../../test/sites.ts';

afterEach(closeAll);

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

  it('is not covered by the approval of the request that it answers', async () => {
    const rules = '@id("ask") @approval("human") permit (principal, action == Action::"network.http-fetch", resource);';
    const moved: Parameters<typeof site>[0] = (_request, response) => response.writeHead(302, { location: '/x' }).end();
    const { server, url, policy, calls } = await site(moved, { rules });
    expect(codeOf(await calls.make(callOf(policy, { url }, { rule: 'ask' })))).toBe('POLICY_DENIED');
    expect(server.seen).toHaveLength(1);
  });

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
    const egress = { ports: [canary.port] };
    const made = world({ egress, dns: { 'mixed.example.org': ['93.184.216.34', '127.0.0.1'] } });
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
