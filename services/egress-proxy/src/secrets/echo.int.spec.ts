import { callOf } from '../../test/calls.ts';
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

afterEach(closeAll);
afterEach(unmountAll);

type Respond = Parameters<typeof secretWorld>[0]['sites'][string];
const base64 = Buffer.from(`x${VALUE}`).toString('base64');

const ask = (made: SecretWorld, more: object = {}, path = '/v1') =>
  callOf(made.policy, { url: `${made.sites['site.internal']!.url}${path}`, ...more }, { rule: 'with' });

const BODIES: readonly (readonly [string, string])[] = [
  ['raw', `{"headers":{"authorization":"Bearer ${VALUE}"}}`],
  ['base64', base64],
  ['base64url', Buffer.from(`??>${VALUE}`).toString('base64url')],
  ['hex', Buffer.from(VALUE).toString('hex').toUpperCase()],
  ['percent', [...Buffer.from(VALUE)].map((byte) => `%${byte.toString(16)}`).join('')],
  ['JSON escapes', JSON.stringify(VALUE).replaceAll('-', '\\u002d')],
  ['markup', `<p>${VALUE.replaceAll('-', '&#45;')}</p>`],
];

const ANSWERS: readonly (readonly [string, Respond])[] = [
  ...BODIES.map(([form, body]) => [`a body, ${form}`, (_request, response) => response.end(body)] as [string, Respond]),
  ['an error page', (_request, response) => response.writeHead(500).end(`bad token ${VALUE}`)],
  ['a header that nobody sees', (_request, response) => response.writeHead(200, { 'x-debug': VALUE }).end('fine')],
  ['a header that is shown', (_request, response) => response.writeHead(200, { etag: `"${base64}"` }).end('fine')],
  ['the name of a header', (_request, response) => response.writeHead(200, { [`x-${VALUE}`]: '1' }).end('fine')],
  ['the type', (_request, response) => response.writeHead(200, { 'content-type': `text/${VALUE}` }).end('fine')],
  [
    'where a redirect leads',
    (_request, response) => response.writeHead(302, { location: `https://other.internal/?token=${VALUE}` }).end(),
  ],
  [
    'two pieces of a body',
    (_request, response) => {
      response.write(`start ${VALUE.slice(0, 9)}`);
      setImmediate(() => response.end(VALUE.slice(9)));
    },
  ],
  ['the last of a long body', (_request, response) => response.end(`${'.'.repeat(9_000)}${VALUE}`)],
];

describe('an answer that holds the secret', () => {
  it.each(ANSWERS)('in %s is given to nobody', async (_where, respond) => {
    const alarms: unknown[] = [];
    const log = { info: () => {}, warn: () => {}, error: (...told: unknown[]) => void alarms.push(told) };
    const made = await secretWorld({ sites: { 'site.internal': respond }, log });
    const call = ask(made);
    const answer = await made.calls.make(call);
    expect(answer).toMatchObject({ ok: false, rejection: { code: 'SECRET_ECHOED' } });
    const fact = await factOf(made, call);
    expect(fact).toMatchObject({
      type: 'egress.failed',
      data: { code: 'SECRET_ECHOED', sent: true, detail: expect.stringContaining('the secret crm') as string },
    });
    expect(alarms).toHaveLength(1);
    for (const text of [JSON.stringify(answer), JSON.stringify(fact), JSON.stringify(alarms)]) {
      expect(text).not.toContain(VALUE);
      expect(text).not.toContain(base64.slice(4, 30));
    }
  });

  it('is not taken for one whose outcome is unknown, though it was a POST', async () => {
    const made = await secretWorld({ sites: { 'site.internal': (_request, response) => response.end(VALUE) } });
    const answer = await made.calls.make(ask(made, { method: 'POST', body: 'x' }));
    expect(answer).toMatchObject({ rejection: { code: 'SECRET_ECHOED' } });
    expect(!answer.ok && answer.rejection.detail).not.toMatch(/status/);
  });

  it('to a request that did not carry it is found all the same', async () => {
    const rules = `${SECRET_RULE}@id("open") permit (principal, action == Action::"network.http-fetch", resource) when { context.path == "/log" };`;
    const made = await secretWorld({
      sites: { 'site.internal': (_request, response) => response.end(`GET /v1 Bearer ${VALUE}`) },
      rules: rules.replace('== "site.internal"', '== "site.internal" && context.path != "/log"'),
    });
    const call = ask(made, {}, '/log');
    expect(codeOf(await made.calls.make(call))).toBe('SECRET_ECHOED');
    const [hop] = ((await factOf(made, call)) as unknown as { data: { hops: object[] } }).data.hops;
    expect(hop).not.toHaveProperty('secret');
  });

  it('is found after the secret was changed, and for an hour no longer', async () => {
    const made = await secretWorld({ sites: { 'site.internal': (_request, response) => response.end(VALUE) } });
    mount(made.folder, 'crm', 'another-value-altogether');
    expect(codeOf(await made.calls.make(ask(made)))).toBe('SECRET_ECHOED');
    expect(codeOf(await made.calls.make(ask(made)))).toBe('SECRET_ECHOED');
    made.setNow(3_600_001);
    expect(codeOf(await made.calls.make(ask(made)))).toBe('ok');
  });

  it('as user and password in one is found, too', async () => {
    const made = await secretWorld({
      sites: { 'site.internal': (_request, response) => response.end(basic('causeway', Buffer.from(VALUE))) },
      secret: () => ({ as: 'basic', user: 'causeway' }),
    });
    expect(codeOf(await made.calls.make(ask(made)))).toBe('SECRET_ECHOED');
  });
});

it('an answer that only looks like it is given', async () => {
  const body = `${VALUE.slice(0, -1)} ${VALUE.slice(1)} ${base64.slice(2, 20)}`;
  const made = await secretWorld({ sites: { 'site.internal': (_request, response) => response.end(body) } });
  expect(await made.calls.make(ask(made))).toMatchObject({ ok: true, value: { result: { body } } });
});
