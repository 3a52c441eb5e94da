import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { entropyOf, isSpelledOut, nameCountStop, nameShapeStop, namesOfRuns } from './name-guard.ts';

describe('a name under a wildcard', () => {
  it.each([
    'example.org',
    'www.example.org',
    'customer-portal-production.eu-central-1.example.org',
    'd111111abcdef8.cloudfront.net',
    'xn--bcher-kva.example.org',
    'documentation-archive.example.org',
  ])('like %s is used', (host) => {
    expect(nameShapeStop(host)).toBeUndefined();
  });
  it.each([
    ['is long', `${'abc.'.repeat(20)}example.org`],
    ['has a long label', `${'ab'.repeat(17)}.example.org`],
    ['is hexadecimal', '4d7920736563726574206973.example.org'],
    ['is base32', 'jbswy3dpehpk3pxpnb2gk4t6.example.org'],
    ['carries it further down', 'www.jbswy3dpehpk3pxpnb2gk4t6.cdn.example.org'],
  ])('that %s is not', (_what, host) => {
    expect(nameShapeStop(host)).toMatchObject({ code: 'POLICY_DENIED' });
  });
  it('never carries a whole digest', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 32 }), (secret) => {
        const hex = createHash('sha256').update(secret).digest('hex');
        expect(nameShapeStop(`${hex.slice(0, 32)}.example.org`)).toBeDefined();
      }),
    );
  });
});

describe('entropy', () => {
  it('is in bits per character', () => {
    expect([entropyOf('aaaa'), entropyOf('abab'), entropyOf('abcd'), entropyOf('')]).toEqual([0, 1, 2, 0]);
  });
});

describe('names of a run', () => {
  it('are counted once each, and for each run apart', () => {
    const names = namesOfRuns();
    expect(['a', 'b', 'a', 'c'].map((host) => names.add('run1', host, 3))).toEqual([1, 2, 2, 3]);
    expect(names.add('run2', 'a', 3)).toBe(1);
  });
  it('beyond the limit are not kept, so that those before stay good', () => {
    const names = namesOfRuns();
    expect(['a', 'b', 'c', 'd', 'e', 'a'].map((host) => names.add('run1', host, 3))).toEqual([1, 2, 3, 4, 4, 3]);
  });
  it('are forgotten with the run that was not seen for longest', () => {
    const names = namesOfRuns(2);
    names.add('run1', 'a', 3);
    names.add('run2', 'a', 3);
    names.add('run1', 'b', 3);
    names.add('run3', 'a', 3);
    expect(names.add('run1', 'c', 3)).toBe(3);
    expect(names.add('run2', 'b', 3)).toBe(1);
  });
  it('have a limit', () => {
    expect(nameCountStop(16, 16)).toBeUndefined();
    expect(nameCountStop(17, 16)).toMatchObject({ code: 'POLICY_DENIED' });
    expect(nameCountStop(1, 0)).toMatchObject({ code: 'POLICY_DENIED' });
  });
});

describe('a host that a rule spells out', () => {
  it('is that host and no other', () => {
    const rules = [{ literals: ['GET', 'api.example.org'] }];
    expect(isSpelledOut('api.example.org', rules)).toBe(true);
    expect(isSpelledOut('x.api.example.org', rules)).toBe(false);
  });
});
