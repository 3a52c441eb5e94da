import { createHash, randomBytes } from 'node:crypto';
import { formatId } from '@causeway/contracts';
import { ALLOW_ALL, callOf } from '../../test/calls.ts';
import {
  mount,
  SECRET_RULE,
  secretWorld,
  unmountAll,
  VALUE,
  type SecretWorld,
} from '../../test/secret-sites.features.ts';
import { closeAll, codeOf, factOf } from '../../test/sites.ts';
import { basic } from './inject.ts';
import { contentDigest } from './sign/http-signature.ts';

afterEach(closeAll);
afterEach(unmountAll);

const fine: Parameters<typeof secretWorld>[0]['sites'][string] = (_request, response) => response.end('fine');
const get = (made: SecretWorld, path: string, more: object = {}) => {
  const call = callOf(made.policy, { url: `${made.sites['site.internal']!.url}${path}`, ...more }, { rule: 'with' });
  return { call, answer: made.calls.make(call) };
};
const sentTo = (made: SecretWorld, host = 'site.internal') => made.sites[host]!.seen.at(-1)?.headers;

describe('a secret', () => {
  it.each([
    ['bearer', {}, { authorization: `Bearer ${VALUE}` }],
    ['basic', { user: 'causeway' }, { authorization: basic('causeway', Buffer.from(VALUE)) }],
    ['header:X-Api-Key', {}, { 'x-api-key': VALUE }],
    ['hmac', { keyId: 'k1' }, { signature: expect.stringMatching(/^causeway=:[A-Za-z0-9+/]{43}=:$/) as string }],
    [
      'sigv4',
      { accessKeyId: 'AKIDEXAMPLE', region: 'eu-west-1', service: 's3' },
      {
        authorization: expect.stringMatching(
          /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE.*Signature=[0-9a-f]{64}$/,
        ) as string,
      },
    ],
  ])('goes along as %s, and only its name is recorded', async (as, more, headers) => {
    const made = await secretWorld({ sites: { 'site.internal': fine }, secret: () => ({ as, ...more }) });
    const { call, answer } = get(made, '/v1/contacts?q=1', { method: 'POST', body: 'x' });
    expect(codeOf(await answer)).toBe('ok');
    expect(sentTo(made)).toMatchObject(headers);
    const fact = await factOf(made, call);
    expect(fact).toMatchObject({ type: 'egress.completed', data: { hops: [{ rule: 'with', secret: 'crm' }] } });
    expect(JSON.stringify(fact)).not.toContain(VALUE);
  });

  it.each([
    ['hmac', { keyId: 'k1' }, 'content-digest', (sha256: string) => contentDigest(sha256)],
    [
      'sigv4',
      { accessKeyId: 'AKIDEXAMPLE', region: 'eu-west-1', service: 's3' },
      'x-amz-content-sha256',
      (sha256: string) => sha256,
    ],
  ] as const)('signs as %s a body that is sent by reference', async (as, more, field, digest) => {
    const made = await secretWorld({
      ...{ sites: { 'site.internal': fine }, secret: () => ({ as, ...more }) },
      egress: { maxSentBytes: 1_000 },
    });
    const resourceId = formatId('resource', randomBytes(16));
    const bytes = Buffer.from('all of it');
    made.kept.whole.set(resourceId, { terms: {}, bytes });
    const { answer } = get(made, '/v1/contacts', { method: 'POST', bodyRef: resourceId });
    expect(codeOf(await answer)).toBe('ok');
    expect(made.sites['site.internal']!.seen.at(-1)?.body).toBe('all of it');
    expect(sentTo(made)?.[field]).toBe(digest(createHash('sha256').update(bytes).digest('hex')));
  });

  it('goes along with what comes in by way of the forward proxy, in place of what the agent says', async () => {
    const rules = SECRET_RULE.replace('network.http-fetch', 'network.forward');
    const made = await secretWorld({ sites: { 'site.internal': fine }, rules });
    const url = `${made.sites['site.internal']!.url}/v1`;
    const call = { ...callOf(made.policy, { url }, { rule: 'with' }), face: 'forward' as const };
    expect(codeOf(await made.calls.make(call))).toBe('ok');
    expect(sentTo(made)).toMatchObject({ authorization: `Bearer ${VALUE}` });
  });

  it('is read again for each request: what is mounted anew goes along at once', async () => {
    const made = await secretWorld({ sites: { 'site.internal': fine } });
    await get(made, '/v1').answer;
    mount(made.folder, 'crm', 'another-value-altogether', 0o600);
    await get(made, '/v1').answer;
    expect(made.sites['site.internal']!.seen.map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${VALUE}`,
      'Bearer another-value-altogether',
    ]);
  });

  it('goes nowhere but where it is bound, and the refusal says where that is', async () => {
    const made = await secretWorld({ sites: { 'site.internal': fine } });
    for (const path of ['/', '/v10', '/v', '/other/v1']) {
      const { answer, call } = get(made, path);
      expect(await answer).toMatchObject({
        ok: false,
        rejection: { code: 'POLICY_DENIED', allowed: [expect.stringContaining('/v1 and below it') as string] },
      });
      expect(await factOf(made, call)).toMatchObject({ type: 'egress.denied', data: { stage: 'secret' } });
    }
    expect(codeOf(await get(made, '/v1/x', { method: 'HEAD' }).answer)).toBe('POLICY_DENIED');
    expect(made.sites['site.internal']!.connections()).toBe(0);
  });

  it('is not sent to somebody whose certificate does not prove who they are', async () => {
    const made = await secretWorld({ sites: { 'site.internal': fine }, authorities: [] });
    expect(codeOf(await get(made, '/v1').answer)).toBe('UPSTREAM_TLS_FAILED');
    expect(made.sites['site.internal']!.seen).toEqual([]);
  });

  it.each([
    ['is not there', {}, 0o400, 'ENOENT'],
    ['can be read by others', { crm: VALUE }, 0o644, 'mode 0644'],
    ['can be read by the group', { crm: VALUE }, 0o440, 'mode 0440'],
    ['ends with a line feed', { crm: `${VALUE}\n` }, 0o400, 'line break'],
    ['is short', { crm: 'short' }, 0o400, 'at least 8'],
    ['has a space, which no bearer token has', { crm: `two ${VALUE}` }, 0o400, 'visible ASCII'],
  ])('whose file %s stops the call before anything is sent', async (_what, values, mode, why) => {
    const warned: object[] = [];
    const log = { info: () => {}, warn: (facts: object) => void warned.push(facts), error: () => {} };
    const made = await secretWorld({ sites: { 'site.internal': fine }, values: {}, log });
    for (const [name, value] of Object.entries(values)) mount(made.folder, name, value, mode);
    const { answer, call } = get(made, '/v1');
    const given = await answer;
    expect(given).toMatchObject({ ok: false, rejection: { code: 'SECRET_UNAVAILABLE' } });
    expect(JSON.stringify(given)).not.toContain(why);
    expect(await factOf(made, call)).toMatchObject({
      data: { stage: 'secret', detail: expect.stringContaining(why) as string },
    });
    expect(JSON.stringify(await factOf(made, call))).not.toContain(VALUE);
    expect(made.sites['site.internal']!.connections()).toBe(0);
    expect(warned).toMatchObject([{ name: 'crm' }]);
  });

  it('that stands in the policy pack stops the service from starting', async () => {
    const rules = `${SECRET_RULE}@id("odd") @reason("key ${VALUE}") ${ALLOW_ALL.slice('@id("all") '.length)}`;
    await expect(secretWorld({ sites: { 'site.internal': fine }, rules })).rejects.toThrow(
      /the policy pack holds the value of crm/,
    );
  });
});

describe('a redirect', () => {
  const sites = (to: (ports: Record<string, number>) => string) => {
    const ports: Record<string, number> = {};
    const site: typeof fine = ({ target }, response) => {
      if (target === '/v1/away') response.writeHead(302, { location: to(ports) });
      response.end('fine');
    };
    return { ports, sites: { 'site.internal': site, 'other.internal': site } };
  };
  async function redirected(to: (ports: Record<string, number>) => string, from = 'site.internal') {
    const { sites: all, ports } = sites(to);
    const made = await secretWorld({ sites: all });
    for (const [host, { port }] of Object.entries(made.sites)) ports[host] = port;
    const call = callOf(made.policy, { url: `${made.sites[from]!.url}/v1/away` }, { rule: 'with' });
    return { made, code: codeOf(await made.calls.make(call)), fact: await factOf(made, call) };
  }

  it('within the bound destination takes the secret along', async () => {
    const { made, code, fact } = await redirected(() => '/v1/there');
    expect(code).toBe('ok');
    expect(sentTo(made)).toMatchObject({ authorization: `Bearer ${VALUE}` });
    expect(fact).toMatchObject({ data: { hops: [{ secret: 'crm' }, { secret: 'crm' }] } });
  });

  it.each([
    [
      'another host',
      'other.internal',
      (ports: Record<string, number>) => `https://other.internal:${ports['other.internal']}/v1`,
    ],
    ['another path of the host', 'site.internal', () => '/open'],
  ])('to %s leaves it behind', async (_where, host, to) => {
    const { made, code, fact } = await redirected(to);
    expect(code).toBe('ok');
    expect(sentTo(made, host)).not.toHaveProperty('authorization');
    expect((fact as unknown as { data: { hops: object[] } }).data.hops[1]).not.toHaveProperty('secret');
  });

  it('from elsewhere to the bound destination does not get it: elsewhere chose where it would go', async () => {
    const { made, code } = await redirected(
      (ports) => `https://site.internal:${ports['site.internal']}/v1/there`,
      'other.internal',
    );
    expect(code).toBe('ok');
    expect(sentTo(made)).not.toHaveProperty('authorization');
  });
});
