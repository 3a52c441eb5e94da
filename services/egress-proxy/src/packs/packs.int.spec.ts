import { callOf, world } from '../../test/calls.ts';
import { closeAll, codeOf, factOf, serve, site } from '../../test/sites.ts';
import type { Packs } from './packs.ts';

afterEach(closeAll);

const answering = (body: string) => site((_, response) => response.end(body));
const fetches = { all: { maxRequestBytes: 4, maxResponseBytes: 8, maxRedirects: 1, redirects: 'same-origin' } };

describe('a call', () => {
  it('is decided by the pack that its grant names, and refused when there is none such', async () => {
    const made = await answering('hello');
    const other = { ...made.policy.ref, digest: 'f'.repeat(64) };
    const call = callOf(made.policy, { url: `${made.url}/` }, { policy: other });
    expect(codeOf(await made.calls.make(call))).toBe('POLICY_VERSION_MISMATCH');
    expect(made.server.connections()).toBe(0);
    expect(await factOf(made.world, call)).toMatchObject({ type: 'egress.denied', data: { policy: other } });
    expect(codeOf(await made.calls.make(callOf(made.policy, { url: `${made.url}/` })))).toBe('ok');
  });

  it('is not made while it is not known what was revoked', async () => {
    const out: Pick<Packs, 'find'> = { find: () => Promise.reject(new Error('the ledger is out of reach')) };
    const server = await serve((_, response) => response.end());
    const made = world({ ports: { 'site.internal': server.port }, packs: out });
    const call = callOf(made.policy, { url: `http://site.internal:${server.port}/` });
    expect(codeOf(await made.calls.make(call))).toBe('EGRESS_LEDGER_UNREACHABLE');
    expect(server.connections()).toBe(0);
  });
});

describe('what one rule keeps to', () => {
  it('is the size of bodies, both ways', async () => {
    const made = await site((_, response) => response.end('123456789'), { fetch: fetches });
    const answer = await made.calls.make(callOf(made.policy, { url: `${made.url}/` }));
    expect(codeOf(answer)).toBe('RESPONSE_TOO_LARGE');
    const post = callOf(made.policy, { url: `${made.url}/`, method: 'POST', body: '12345' });
    expect(codeOf(await made.calls.make(post))).toBe('REQUEST_BODY_TOO_LARGE');
    expect(made.server.seen).toHaveLength(1);
  });

  it('is how often a redirect is followed, and how far', async () => {
    const elsewhere = await serve((_, response) => response.end('there'));
    const made = await site(
      ({ target }, response) => {
        const to: Record<string, string> = {
          '/twice': '/once',
          '/once': '/end',
          '/away': `http://away.internal:${elsewhere.port}/`,
        };
        const location = to[target];
        response.writeHead(location === undefined ? 200 : 302, location === undefined ? {} : { location }).end('ok');
      },
      { fetch: fetches, ports: { 'away.internal': elsewhere.port } },
    );
    const codeAt = async (path: string) => codeOf(await made.calls.make(callOf(made.policy, { url: made.url + path })));
    expect([await codeAt('/once'), await codeAt('/twice'), await codeAt('/away')]).toEqual([
      ...['ok', 'REDIRECT_LIMIT', 'POLICY_DENIED'],
    ]);
    expect(elsewhere.connections()).toBe(0);
  });

  it('is its content type, which is a condition of the rule', async () => {
    const rules =
      '@id("json") permit (principal, action == Action::"network.http-fetch", resource) when { context.contentType == "application/json" };';
    const made = await site((_, response) => response.end('ok'), { rules });
    const post = (contentType: string) =>
      made.calls.make(
        callOf(made.policy, {
          url: `${made.url}/`,
          method: 'POST',
          body: '{}',
          headers: { 'content-type': contentType },
        }),
      );
    expect(codeOf(await post('application/json; charset=utf-8'))).toBe('ok');
    expect(codeOf(await post('text/plain'))).toBe('POLICY_DENIED');
    expect(made.server.seen).toHaveLength(1);
  });
});
