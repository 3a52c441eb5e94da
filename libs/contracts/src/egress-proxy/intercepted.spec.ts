import { isIntercepted } from './intercepted.ts';
import { networkTunnel } from './forward-capabilities.ts';

describe('a host', () => {
  it.each([
    ['a.example.org', ['a.example.org'], true],
    ['a.example.org', ['*.example.org'], true],
    ['b.a.example.org', ['*.example.org'], true],
    ['a.example.org', ['*'], true],
    ['a.example.org', ['b.example.org', '*.example.net'], false],
    ['example.org', ['*.example.org'], false],
    ['.example.org', ['*.example.org'], false],
    ['badexample.org', ['*.example.org'], false],
    ['a.example.org.evil.net', ['*.example.org', 'a.example.org'], false],
    ['a.example.org', [], false],
  ])('%s with the patterns %j is looked into: %s', (host, patterns, expected) => {
    expect(isIntercepted(host, patterns)).toBe(expected);
  });
});

describe('what a tunnel sets aside', () => {
  const input = { listener: 'l', connection: 'c'.repeat(32), host: 'a.example.org', port: 443 };
  const bounds = { tunnelBytesOut: 10, tunnelBytesIn: 20 } as never as Parameters<
    NonNullable<(typeof networkTunnel)['reserves']>
  >[1];
  it('is what it may carry, and nothing where the requests inside are charged one by one', () => {
    const reserves = (intercept?: readonly string[]) =>
      networkTunnel.reserves?.(input, intercept ? { ...bounds, intercept } : bounds);
    expect(reserves()).toEqual({ bytesOut: 10, bytesIn: 20 });
    expect(reserves(['b.example.org'])).toEqual({ bytesOut: 10, bytesIn: 20 });
    expect(reserves(['*.example.org'])).toEqual({ bytesOut: 0, bytesIn: 0 });
  });
});
