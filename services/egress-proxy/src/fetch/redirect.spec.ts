import { canonicalUrl } from '@causeway/policy';
import { isRedirect, redirectOf, type Hop } from './redirect.ts';
import { headOf } from './response-guard.ts';

function hopTo(raw: string, method = 'GET'): Hop {
  const read = canonicalUrl(raw);
  if (!read.ok) throw new Error(read.detail);
  return { method, url: read.url, headers: { accept: 'text/plain', 'if-none-match': '"1"' } };
}
const answer = (status: number, location?: string) =>
  headOf(status, location === undefined ? [] : ['Location', location]);
const limits = { taken: 0, max: 2 };
const follow = (from: string, status: number, location: string) =>
  redirectOf(hopTo(from), answer(status, location), limits);

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('with status %d is followed with the same method', (status) => {
    expect(follow('https://example.org/a', status, '/b')).toMatchObject({
      kind: 'follow',
      hop: {
        method: 'GET',
        url: { href: 'https://example.org/b' },
        headers: { accept: 'text/plain', 'if-none-match': '"1"' },
      },
    });
  });
  it('to another origin leaves headers of the first behind', () => {
    const next = follow('https://example.org/', 302, 'https://example.org:8443/');
    expect(next).toMatchObject({ kind: 'follow', hop: { headers: { accept: 'text/plain' } } });
    expect(next.kind === 'follow' && Object.keys(next.hop.headers)).toEqual(['accept']);
  });
  it.each([
    ['UPSTREAM_PROTOCOL_REFUSED', 'http://example.org/'],
    ['URL_REFUSED', 'file:///etc/passwd'],
    ['URL_REFUSED', 'https://a@evil.example.org/'],
    ['URL_REFUSED', '\\\\evil.example.org'],
    ['URL_REFUSED', '/a, /b%2e%2e'],
  ])('is answered %s when it leads from https to «%s»', (code, location) => {
    expect(follow('https://example.org/', 302, location)).toMatchObject({ kind: 'stop', stop: { code } });
  });
  it('is not followed for ever', () => {
    expect(redirectOf(hopTo('https://example.org/'), answer(302, '/x'), { taken: 2, max: 2 })).toMatchObject({
      kind: 'stop',
      stop: { code: 'REDIRECT_LIMIT' },
    });
  });
  it.each([200, 300, 304, 404])('is not what status %d is', (status) => {
    expect(follow('https://example.org/', status, '/x')).toEqual({ kind: 'none' });
  });
  it('without a place to go is the answer', () => {
    expect(redirectOf(hopTo('https://example.org/'), answer(302), limits)).toEqual({ kind: 'none' });
  });
});

describe('an answer to a POST', () => {
  it.each([301, 302, 303])('with status %d is the result, not followed', (status) => {
    const hop = hopTo('https://example.org/', 'POST');
    expect(redirectOf(hop, answer(status, '/done'), limits)).toEqual({ kind: 'none' });
    expect(isRedirect(answer(status, '/done'), 'POST')).toBe(false);
  });
  it.each([307, 308])('with status %d is refused: a body is sent once', (status) => {
    expect(redirectOf(hopTo('https://example.org/', 'POST'), answer(status, '/again'), limits)).toMatchObject({
      kind: 'stop',
      stop: { code: 'UPSTREAM_PROTOCOL_REFUSED' },
    });
  });
});
