import { parsePack } from './pack.ts';
import { PackInvalidError } from './pack-problems.ts';
import { ownCallsOf } from './secret-settings.ts';

const secret = {
  ...{ name: 'crm', as: 'bearer' },
  destination: { scheme: 'https', host: 'api.example', methods: ['GET'], pathPrefix: '/v1' },
};
const pack = {
  ...{ id: 'test', version: '1', description: 'For tests.', approvals: { expiresAfterMs: 60_000 } },
  limits: { maxSteps: 10, defaultSteps: 5, maxWallClockMs: 60_000, defaultWallClockMs: 60_000 },
  destinations: [{ name: 'vault', host: 'vault.internal', address: '10.0.0.5', port: 8200 }],
  egress: { maxRequestBytes: 100, maxResponseBytes: 100, timeoutMs: 1_000, maxRedirects: 1 },
};
const RULE = '@id("read") @secret("crm") permit (principal, action == Action::"network.http-fetch", resource);';

const parsed = (more: object, policy = RULE, constitution = '') =>
  parsePack(
    { 'pack.yaml': JSON.stringify({ ...pack, ...more }), 'policy.cedar': policy, 'constitution.cedar': constitution },
    {},
  );
function problems(more: object, policy = RULE, constitution = ''): string[] {
  try {
    parsed(more, policy, constitution);
  } catch (error) {
    if (error instanceof PackInvalidError) return error.problems.map(({ file, message }) => `${file}: ${message}`);
    throw error;
  }
  return [];
}

describe('the secrets of a pack', () => {
  it('are names, places and ways; the port of https and a mounted file go without saying', () => {
    const { secrets, rules } = parsed({ secrets: [secret] });
    expect(secrets).toEqual([{ ...secret, destination: { ...secret.destination, port: 443 }, from: 'file' }]);
    expect(rules.map(({ secret: name }) => name)).toEqual(['crm']);
    expect(parsed({}, '').secrets).toEqual([]);
  });

  it.each([
    ['bearer', {}],
    ['header:X-Api-Key', {}],
    ['basic', { user: 'causeway' }],
    ['hmac', { keyId: 'k1' }],
    ['sigv4', { accessKeyId: 'AKIDEXAMPLE', region: 'eu-west-1', service: 's3' }],
    ['oauth-client-credentials', { clientId: 'c', tokenUrl: 'https://login.example/token', scope: 'read write' }],
  ])('are sent as %s', (as, more) => {
    expect(problems({ secrets: [{ ...secret, as, ...more }] })).toEqual([]);
    if (Object.keys(more).length > 0) expect(problems({ secrets: [{ ...secret, as }] })[0]).toContain(`${as} needs`);
  });

  const to = (destination: object) => ({ ...secret, destination: { ...secret.destination, ...destination } });
  it.each([
    ['a value', { ...secret, value: 'correct-horse' }, 'Unrecognized key'],
    ['plain http', to({ scheme: 'http' }), 'must be https'],
    ['a wildcard', to({ host: '*.example' }), 'must be a host name'],
    ['a host in other letters', to({ host: 'API.example' }), 'must be a host name'],
    ['no method', to({ methods: [] }), 'methods'],
    ['a path that is read in two ways', to({ pathPrefix: '/v1/../' }), 'must be a path'],
    ['a path with a query', to({ pathPrefix: '/v1?a' }), 'must be a path'],
    ['a path without a slash', to({ pathPrefix: 'v1' }), 'must be a path'],
    ['the field Host', { ...secret, as: 'header:Host' }, 'frames or routes'],
    ['a field that frames', { ...secret, as: 'header:transfer-encoding' }, 'frames or routes'],
    ['a field with a line break', { ...secret, as: 'header:X\r\nY' }, 'as'],
    ['an unknown way', { ...secret, as: 'cookie' }, 'as'],
    ['a user with a colon', { ...secret, as: 'basic', user: 'a:b' }, 'colon'],
    ['what has no meaning', { ...secret, keyId: 'k1' }, 'keyId has no meaning for bearer'],
    [
      'a token address without TLS',
      { ...secret, as: 'oauth-client-credentials', clientId: 'c', tokenUrl: 'http://login.example/' },
      'must be an https address',
    ],
    ['Vault, without one', { ...secret, from: { vault: { path: 'a/b', field: 'c' } } }, 'no vault section'],
    ['a path in Vault that leads elsewhere', { ...secret, from: { vault: { path: '../sys', field: 'c' } } }, 'from'],
  ])('have no %s', (_what, wrong, why) => {
    expect(problems({ secrets: [wrong] }).join('\n')).toContain(why);
  });

  it('have names of their own, and a Vault that is a named destination', () => {
    expect(problems({ secrets: [secret, secret] })).toEqual(['pack.yaml: secrets.1: name crm is there twice']);
    const fromVault = { ...secret, from: { vault: { path: 'team/crm', field: 'token' } } };
    expect(problems({ secrets: [fromVault], vault: { destination: 'vault' } })).toEqual([]);
    expect(problems({ secrets: [fromVault], vault: { destination: 'other' } })).toEqual([
      'pack.yaml: vault.destination: must be the name of one of the destinations',
    ]);
  });
});

describe('a rule with @secret', () => {
  it('names a secret of the pack', () => {
    expect(problems({})).toEqual(['policy.cedar: @secret("crm") is not among the secrets of pack.yaml']);
  });
  it('is a permit, and about requests', () => {
    const forbid = '@id("no") @secret("crm") forbid (principal, action == Action::"network.http-fetch", resource);';
    expect(problems({ secrets: [secret] }, RULE, forbid).join()).toContain('@secret belongs to a permit');
    const ingest = '@id("in") @secret("crm") permit (principal, action == Action::"resource.ingest", resource);';
    expect(problems({ secrets: [secret] }, ingest).join()).toContain('a rule for network.http-fetch');
  });

  it('say how many calls of our own one request can take: to read a value, and to obtain a token with it', () => {
    const [vault, token] = [{ vault: { path: 'a', field: 'b' } }, 'oauth-client-credentials'];
    const one = (as: string, from: 'file' | typeof vault) => [{ as, from }];
    expect(ownCallsOf([])).toBe(0);
    expect(ownCallsOf(one('bearer', 'file'))).toBe(0);
    expect(ownCallsOf(one('bearer', vault))).toBe(1);
    expect(ownCallsOf(one(token, 'file'))).toBe(1);
    expect(ownCallsOf([...one('bearer', vault), ...one(token, vault)])).toBe(2);
  });
});
