import { canonicalUrl, type CanonicalUrl } from './canonical-url.ts';

const accepted = (raw: string, base?: CanonicalUrl): CanonicalUrl => {
  const result = canonicalUrl(raw, base);
  if (!result.ok) throw new Error(`${raw} was refused: ${result.code} ${result.detail}`);
  return result.url;
};

describe('a canonical address', () => {
  it('has all its parts', () => {
    expect(accepted('https://Example.COM/a%7eb?x=1&y=2&x=3#frag')).toEqual({
      scheme: 'https',
      host: 'example.com',
      port: 443,
      path: '/a~b',
      query: 'x=1&y=2&x=3',
      queryKeys: ['x', 'y'],
      isIpLiteral: false,
      href: 'https://example.com/a~b?x=1&y=2&x=3',
    });
  });

  it.each([
    ['http://2130706433/', '127.0.0.1'],
    ['http://0x7f000001/', '127.0.0.1'],
    ['http://017700000001/', '127.0.0.1'],
    ['http://127.1/', '127.0.0.1'],
    ['http://0/', '0.0.0.0'],
    ['http://%31%32%37.0.0.1/', '127.0.0.1'],
    ['http://①②⑦.⓪.⓪.①/', '127.0.0.1'],
    ['http://127。0。0。1/', '127.0.0.1'],
    ['http://127.0.0.1./', '127.0.0.1'],
    ['http://[::ffff:127.0.0.1]/', '::ffff:7f00:1'],
    ['http://[0:0::1]/', '::1'],
    ['http://ⓔxample.com/', 'example.com'],
    ['http://EXAMPLE.com./', 'example.com'],
    ['http://b\u00FCcher.example.org/', 'xn--bcher-kva.example.org'],
  ])('%s names the host %s', (raw, host) => {
    expect(accepted(raw).host).toBe(host);
  });

  it('knows IP literals from names', () => {
    expect(accepted('http://[::1]:8080/').isIpLiteral).toBe(true);
    expect(accepted('http://127.1/').isIpLiteral).toBe(true);
    expect(accepted('http://127.0.0.1.example.org/').isIpLiteral).toBe(false);
  });

  it('keeps a port only where it is not the default', () => {
    expect(accepted('http://example.org:80/').href).toBe('http://example.org/');
    expect(accepted('https://example.org:80/').href).toBe('https://example.org:80/');
    expect(accepted('http://[::1]:8080/').href).toBe('http://[::1]:8080/');
  });

  it('gives one path one spelling', () => {
    expect(accepted('http://example.org/%70ages/%c3%a9/./x/../y').path).toBe('/pages/%C3%A9/y');
    expect(accepted('http://example.org/pages/é').path).toBe('/pages/%C3%A9');
    expect(accepted('http://example.org').path).toBe('/');
  });

  it.each([
    ['URL_SCHEME_REFUSED', 'file:///etc/passwd'],
    ['URL_SCHEME_REFUSED', 'gopher://127.0.0.1:25/'],
    ['URL_SCHEME_REFUSED', 'http+unix://%2fvar%2frun/x'],
    ['URL_SCHEME_REFUSED', 'ws://example.org/'],
    ['URL_SCHEME_REFUSED', 'example.org/'],
    ['URL_SCHEME_REFUSED', '//example.org/'],
    ['URL_SCHEME_REFUSED', ''],
    ['URL_NOT_ABSOLUTE', 'http:example.org'],
    ['URL_NOT_ABSOLUTE', 'http:/example.org'],
    ['URL_HOST_INVALID', 'http:///example.org'],
    ['URL_HOST_INVALID', 'http://:80/'],
    ['URL_USERINFO_REFUSED', 'https://allowed.example.org@evil.example.org/'],
    ['URL_USERINFO_REFUSED', 'https://@evil.example.org/'],
    ['URL_USERINFO_REFUSED', 'https://a:b@evil.example.org/'],
    ['URL_CHARACTER_REFUSED', 'http://1.1.1.1 &@2.2.2.2/'],
    ['URL_CHARACTER_REFUSED', 'http://allowed.example.org\\@evil.example.org/'],
    ['URL_CHARACTER_REFUSED', 'http://example.org/a\\b'],
    ['URL_CHARACTER_REFUSED', 'http://example.org/a\r\nX: y'],
    ['URL_CHARACTER_REFUSED', ' http://example.org/'],
    ['URL_CHARACTER_REFUSED', 'http://exa\tmple.org/'],
    ['URL_CHARACTER_REFUSED', 'http://example.org/\uD800'],
    ['URL_PORT_INVALID', 'http://example.org:0/'],
    ['URL_PORT_INVALID', 'http://example.org:/'],
    ['URL_PORT_INVALID', 'http://example.org:080/'],
    ['URL_INVALID', 'http://example.org:65536/'],
    ['URL_HOST_INVALID', 'http://::1/'],
    ['URL_INVALID', 'http://425.510.425.510/'],
    ['URL_INVALID', 'http://0x41414141A9FEA9FE/'],
    ['URL_INVALID', 'http://[::1%25lo]/'],
    ['URL_INVALID', 'http://[example.com]/'],
    ['URL_HOST_INVALID', 'http://a..b/'],
    ['URL_HOST_INVALID', 'http://example.org../'],
    ['URL_HOST_INVALID', 'http://./'],
    ['URL_HOST_INVALID', `http://${'a'.repeat(64)}.example.org/`],
    ['URL_HOST_INVALID', `http://${'a.'.repeat(126)}toolong/`],
    ['URL_HOST_INVALID', 'http://ex!mple.org/'],
    ['URL_HOST_INVALID', 'http://xn--a.example.org/'],
    ['URL_HOST_INVALID', 'http://10.0.0.xn--pokxncvks/'],
    ['URL_HOST_INVALID', 'http://-x.example.org/'],
    ['URL_PATH_AMBIGUOUS', 'http://example.org/a/%2e%2e/b'],
    ['URL_PATH_AMBIGUOUS', 'http://example.org/a%2fb'],
    ['URL_PATH_AMBIGUOUS', 'http://example.org/a%5Cb'],
    ['URL_PATH_AMBIGUOUS', 'http://example.org/a%00b'],
    ['URL_PATH_AMBIGUOUS', 'http://example.org/a%0d%0ab'],
    ['URL_PATH_AMBIGUOUS', 'http://example.org/a%252fb'],
    ['URL_PATH_AMBIGUOUS', 'http://example.org/%zz'],
    ['URL_PATH_AMBIGUOUS', 'http://example.org//evil'],
    ['URL_PATH_AMBIGUOUS', 'http://example.org/pages/..;/admin'],
    ['URL_TOO_LONG', `http://example.org/${'a'.repeat(4096)}`],
  ])('%s: %s', (code, raw) => {
    expect(canonicalUrl(raw)).toMatchObject({ ok: false, code });
  });

  it('refuses a path that becomes ambiguous only once dot segments are gone', () => {
    expect(canonicalUrl('http://example.org/a/..//evil')).toMatchObject({ ok: false, code: 'URL_PATH_AMBIGUOUS' });
  });
});

describe("a redirect's Location", () => {
  const base = accepted('https://example.org/a/b?c=d');
  it.each([
    ['/x', 'https://example.org/x'],
    ['x', 'https://example.org/a/x'],
    ['?q=1', 'https://example.org/a/b?q=1'],
    ['//other.example.org/x', 'https://other.example.org/x'],
    ['http://other.example.org/', 'http://other.example.org/'],
  ])('%s leads to %s', (location, href) => {
    expect(accepted(location, base).href).toBe(href);
  });
  it.each(['\\\\evil.example.org', '/%2e%2e/x', 'http:x', 'javascript:alert(1)', '//user@evil.example.org/', '/a b'])(
    '%s is refused',
    (location) => {
      expect(canonicalUrl(location, base).ok).toBe(false);
    },
  );
});
