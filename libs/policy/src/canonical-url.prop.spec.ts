import fc from 'fast-check';
import { classifyAddress } from './address-class.ts';
import { canonicalUrl } from './canonical-url.ts';

/** IPv4 blocks that are not the open internet, as [first octets, prefix length]. */
const INSIDE = [
  [0x7f000000, 8],
  [0x0a000000, 8],
  [0xac100000, 12],
  [0xc0a80000, 16],
  [0xa9fe0000, 16],
  [0x64400000, 10],
  [0x00000000, 8],
  [0xe0000000, 4],
] as const;
const insideIpv4 = fc
  .constantFrom(...INSIDE)
  .chain(([network, bits]) => fc.nat({ max: 2 ** (32 - bits) - 1 }).map((low) => (network + low) >>> 0));

const octets = (value: number) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
const radixes = fc.constantFrom(
  (value: number) => String(value),
  (value: number) => `0x${value.toString(16)}`,
  (value: number) => `0X${value.toString(16).toUpperCase()}`,
  (value: number) => `0${value.toString(8)}`,
  (value: number) => `000${value.toString(8)}`,
);
const disguises = fc.constantFrom(
  (text: string) => text,
  (text: string) => `${text}.`,
  (text: string) => text.replaceAll('.', '。'),
  (text: string) => text.replace(/[1-9]/g, (digit) => String.fromCodePoint(0x245f + Number(digit))),
  (text: string) => text.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
  (text: string) => text.replace(/\d/g, (digit) => `%3${digit}`),
  (text: string) => text.replace(/\d/, (digit) => `\u00AD${digit}`),
);

const ipv4Spelling = fc
  .tuple(insideIpv4, fc.constantFrom(1, 2, 3, 4), fc.array(radixes, { minLength: 4, maxLength: 4 }), disguises)
  .map(([address, parts, styles, disguise]) => {
    const all = octets(address);
    const last = all.slice(parts - 1).reduce((value, octet) => value * 256 + octet, 0);
    const numbers = [...all.slice(0, parts - 1), last];
    return disguise(numbers.map((value, index) => styles[index]!(value)).join('.'));
  });

const hex = (high: number | undefined, low: number | undefined) => (((high ?? 0) << 8) | (low ?? 0)).toString(16);
const WRAPPERS: readonly ((o: readonly number[]) => string)[] = [
  (o) => `::ffff:${o.join('.')}`,
  (o) => `0:0:0:0:0:ffff:${hex(o[0], o[1])}:${hex(o[2], o[3])}`,
  (o) => `::${o.join('.')}`,
  (o) => `::ffff:0:${o.join('.')}`,
  (o) => `64:ff9b::${o.join('.')}`,
  (o) => `64:ff9b:1::${o.join('.')}`,
  (o) => `2002:${hex(o[0], o[1])}:${hex(o[2], o[3])}::1`,
  (o) => `2001:0:1:2:3:4:${hex(255 - o[0]!, 255 - o[1]!)}:${hex(255 - o[2]!, 255 - o[3]!)}`,
];
const ipv6Spelling = fc
  .tuple(insideIpv4, fc.constantFrom(...WRAPPERS), fc.boolean())
  .map(([address, wrap, upper]) => (upper ? wrap(octets(address)).toUpperCase() : wrap(octets(address))));

describe('addresses inside', () => {
  it('are never public, however an IPv4 host is spelled', () => {
    let read = 0;
    fc.assert(
      fc.property(ipv4Spelling, (host) => {
        const result = canonicalUrl(`http://${host}/`);
        if (!result.ok) return;
        read++;
        expect(result.url.isIpLiteral).toBe(true);
        expect(classifyAddress(result.url.host).class).not.toBe('public');
      }),
      { numRuns: 2_000 },
    );
    expect(read).toBeGreaterThan(1_000);
  });

  it('are never public, whatever IPv6 form carries them', () => {
    fc.assert(
      fc.property(ipv6Spelling, (host) => {
        const result = canonicalUrl(`http://[${host}]/`);
        expect(result.ok && result.url.isIpLiteral).toBe(true);
        expect(classifyAddress(result.ok ? result.url.host : '').class).not.toBe('public');
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('canonicalUrl', () => {
  const anything = fc.oneof(
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
    fc.string().map((text) => `http://example.org/${text}`),
    fc.string({ unit: 'binary' }).map((text) => `https://${text}`),
    fc.string({ unit: fc.constantFrom(...'http:/.%2eaf[]@#?;0x7\\ ') }).map((text) => `http://a/${text}`),
  );

  it('never throws, and what it returns is canonical already', () => {
    fc.assert(
      fc.property(anything, (raw) => {
        const result = canonicalUrl(raw);
        if (!result.ok) return;
        expect(canonicalUrl(result.url.href)).toEqual(result);
      }),
      { numRuns: 3_000 },
    );
  });

  it('sends the same host and port that the WHATWG parser would connect to', () => {
    fc.assert(
      fc.property(anything, (raw) => {
        const result = canonicalUrl(raw);
        if (!result.ok) return;
        const { hostname, port, protocol } = new URL(raw);
        expect(result.url.host).toBe(hostname.replace(/^\[|\]$|\.$/g, ''));
        expect(String(result.url.port)).toBe(port || (protocol === 'https:' ? '443' : '80'));
      }),
      { numRuns: 2_000 },
    );
  });
});
