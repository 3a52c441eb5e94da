import { canonicalUrl, isBound, type SecretReference } from '@causeway/policy';
import { bindingStop, mayCarry } from './binding-guard.ts';
import { withoutCredentials } from './credential-guard.ts';
import { bodyEchoStop, headEchoStop } from './echo-guard.ts';
import { echoIndex } from './echo/echo-scan.ts';
import { injectNothing, injectSecret, unsignedStop } from './inject.ts';
import { Secret } from './secret.ts';
import { filePlaceProblem } from './sources/secret-file.ts';

const bound: SecretReference = {
  ...{ name: 'crm', as: 'bearer', from: 'file' },
  destination: { scheme: 'https', host: 'api.example', port: 443, methods: ['GET'], pathPrefix: '/v1' },
};
function request(url: string, method = 'GET') {
  const read = canonicalUrl(url);
  if (!read.ok) throw new Error(read.detail);
  return { url: read.url, method };
}

describe('a signature', () => {
  it.each(['hmac', 'sigv4'])('by %s is not made over a body that nobody knows yet', (as) => {
    const { url } = request('https://api.example/v1');
    const inject = injectSecret(
      { ...bound, as },
      new Secret('crm', Buffer.from('0123456789')),
      () => '2026-01-01T00:00:00.000Z',
    );
    const asked = { method: 'POST', url, headers: {} };
    expect(() => inject({ ...asked, inPieces: { sha256: undefined } })).toThrow('SECRET_UNAVAILABLE');
    expect(inject({ ...asked, inPieces: { sha256: 'a'.repeat(64) } })).not.toEqual(inject(asked));
    expect(unsignedStop('crm', undefined)).toBeUndefined();
  });
});

describe('where a secret may go', () => {
  it.each(['https://api.example/v1', 'https://api.example:443/v1/a?b', 'https://API.example./v1/a/b'])(
    'is %s',
    (url) => {
      expect(isBound(bound, request(url))).toBe(true);
      expect(bindingStop(bound, request(url))).toBeUndefined();
    },
  );

  it.each([
    ['another scheme', 'http://api.example:443/v1'],
    ['another host', 'https://api.example.org/v1'],
    ['a host below it', 'https://a.api.example/v1'],
    ['a host that ends like it', 'https://evil-api.example/v1'],
    ['another port', 'https://api.example:8443/v1'],
    ['a path that begins like it', 'https://api.example/v10'],
    ['the path above it', 'https://api.example/'],
    ['another path', 'https://api.example/v2/v1'],
  ])('is not %s', (_what, url) => {
    expect(isBound(bound, request(url))).toBe(false);
    expect(bindingStop(bound, request(url))).toMatchObject({
      ...{ code: 'POLICY_DENIED', stage: 'secret' },
      allowed: ['GET https://api.example:443/v1 and below it'],
    });
  });

  it('is not where it is, with another method', () => {
    expect(bindingStop(bound, request('https://api.example/v1', 'POST'))).toMatchObject({ code: 'POLICY_DENIED' });
  });

  it('is everything below a prefix that ends with a slash, and not the place without it', () => {
    const below = { ...bound, destination: { ...bound.destination, pathPrefix: '/v1/' } };
    expect(isBound(below, request('https://api.example/v1/a'))).toBe(true);
    expect(isBound(below, request('https://api.example/v1'))).toBe(false);
  });

  it('is where every request of the call carried it before', () => {
    expect(mayCarry(bound, [])).toBe(true);
    expect(mayCarry(bound, [{ secret: 'crm' }, { secret: 'crm' }])).toBe(true);
    expect(mayCarry(bound, [{ secret: 'crm' }, {}])).toBe(false);
    expect(mayCarry(bound, [{ secret: 'mail' }])).toBe(false);
  });
});

describe('what an agent says of who it is', () => {
  const fields = {
    ...{ Authorization: 'Bearer mine', 'Proxy-Authorization': 'x', Cookie: 'a=b', 'X-API-Key': 'mine', Accept: '*/*' },
    ...{ 'X-Amz-Security-Token': 'x', Signature: 'x', 'Signature-Input': 'x', 'X-Mine': 'mine' },
  };
  it('is not sent, in whatever letters it is written, and neither is the field of the secret', () => {
    expect(withoutCredentials(fields)).toEqual({ accept: '*/*', 'x-mine': 'mine' });
    expect(withoutCredentials(fields, ['X-Mine'])).toEqual({ accept: '*/*' });
  });

  it('loses against the secret, and is not sent where there is none', () => {
    const outgoing = { ...request('https://api.example/v1'), headers: fields };
    const secret = new Secret('crm', Buffer.from('correct-horse'));
    const now = () => '2026-01-01T00:00:00.000Z';
    expect(injectSecret(bound, secret, now)(outgoing)).toEqual({
      ...{ accept: '*/*', 'x-mine': 'mine', authorization: 'Bearer correct-horse' },
    });
    expect(injectSecret({ ...bound, as: 'header:X-Mine' }, secret, now)(outgoing)).toEqual({
      ...{ accept: '*/*', 'x-mine': 'correct-horse' },
    });
    expect(injectNothing(outgoing)).toEqual({ accept: '*/*', 'x-mine': 'mine' });
  });
});

describe('a mounted file', () => {
  const good = { isFile: true, mode: 0o100400, uid: 1000, sizeBytes: 20 };
  it('is a secret when only its owner can read it, who is this user or root', () => {
    expect(filePlaceProblem(good, 1000)).toBeUndefined();
    expect(filePlaceProblem({ ...good, mode: 0o100600, uid: 0 }, 1000)).toBeUndefined();
  });
  it.each([
    [{ mode: 0o100640 }, 'mode 0640'],
    [{ mode: 0o100404 }, 'mode 0404'],
    [{ mode: 0o100700 }, 'mode 0700'],
    [{ mode: 0o104400 }, 'mode 04400'],
    [{ uid: 1001 }, 'belongs to user 1001'],
    [{ isFile: false }, 'not a file'],
    [{ sizeBytes: 100_000 }, 'more than'],
  ])('is none when %o', (wrong, why) => {
    expect(filePlaceProblem({ ...good, ...wrong }, 1000)).toContain(why);
  });
});

describe('an echo', () => {
  const scan = () => echoIndex([{ name: 'crm', value: Buffer.from('correct-horse') }]).scan();
  const head = (headers: Record<string, string>) => ({ status: 200, headers, headerCount: 1 });

  it('in a head or a body is a reason to stop, which says where and how, but not what', () => {
    expect(headEchoStop(head({ etag: 'correct-horse' }), scan())).toEqual({
      ...{ code: 'SECRET_ECHOED', stage: 'exchange', detail: 'the answer holds the secret crm (raw) in its head' },
    });
    expect(bodyEchoStop(Buffer.from('%63orrect-horse'), scan())).toEqual({
      ...{ code: 'SECRET_ECHOED', stage: 'body', detail: 'the answer holds the secret crm (raw, percent) in its body' },
    });
  });

  it('that is not there is none, and neither is any without secrets', () => {
    expect(headEchoStop(head({ etag: 'correct', 'x-b': 'horse' }), scan())).toBeUndefined();
    expect(bodyEchoStop(Buffer.from('correct'), scan())).toBeUndefined();
    expect(headEchoStop(head({ etag: 'correct-horse' }), undefined)).toBeUndefined();
    expect(bodyEchoStop(Buffer.from('correct-horse'), undefined)).toBeUndefined();
  });
});
