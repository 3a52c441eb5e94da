import ipaddr from 'ipaddr.js';

export type AddressClass =
  | 'public'
  | 'private'
  | 'shared'
  | 'loopback'
  | 'link-local'
  | 'metadata'
  | 'multicast'
  | 'unspecified'
  | 'transition'
  | 'reserved'
  | 'invalid';

export type ClassifiedAddress = {
  readonly class: AddressClass;
  /** The IPv4 address that an IPv6 address carries within it. */
  readonly embedded?: string;
};

type Cidr = [ipaddr.IPv4 | ipaddr.IPv6, number];
const blocks = (...cidrs: readonly string[]): readonly Cidr[] => cidrs.map((cidr) => ipaddr.parseCIDR(cidr));
const within = (address: ipaddr.IPv4 | ipaddr.IPv6, list: readonly Cidr[]): boolean =>
  list.some(([network, bits]) => network.kind() === address.kind() && address.match([network, bits] as never));

/** Where clouds keep credentials and host control; some of these lie in ranges that are public or private by the registries. */
const METADATA = blocks(
  '169.254.169.254/32',
  '169.254.169.253/32',
  '169.254.169.123/32',
  '169.254.170.2/32',
  '169.254.170.23/32',
  '168.63.129.16/32',
  '100.100.100.200/32',
  '192.0.0.192/32',
  'fd00:ec2::254/128',
  'fd00:ec2::23/128',
  'fd20:ce::254/128',
  'fd00:c1::a9fe:a9fe/128',
  'fd00:42::42/128',
);

/** IANA special-purpose blocks (RFC 6890 registries) that ipaddr.js takes for ordinary unicast, or names too kindly. */
const RESERVED = blocks(
  '0.0.0.0/8',
  '192.0.0.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.175.48.0/24',
  '100::/64',
  '100:0:0:1::/64',
  '2001::/23',
  '2001:db8::/32',
  '2620:4f:8000::/48',
  '3fff::/20',
  '5f00::/16',
);

/** IPv6 forms that a gateway on the way may turn into an IPv4 address, and where in them that address stands (octet offset). */
const TRANSITION: readonly { readonly block: Cidr; readonly v4At: (bytes: readonly number[]) => readonly number[] }[] =
  [
    { block: ipaddr.parseCIDR('::/96'), v4At: (bytes) => bytes.slice(12, 16) },
    { block: ipaddr.parseCIDR('::ffff:0:0:0/96'), v4At: (bytes) => bytes.slice(12, 16) },
    { block: ipaddr.parseCIDR('64:ff9b::/96'), v4At: (bytes) => bytes.slice(12, 16) },
    // RFC 6052 section 2.2: in a /48, octet 8 is skipped.
    { block: ipaddr.parseCIDR('64:ff9b:1::/48'), v4At: (bytes) => [...bytes.slice(6, 8), ...bytes.slice(9, 11)] },
    { block: ipaddr.parseCIDR('2002::/16'), v4At: (bytes) => bytes.slice(2, 6) },
    // RFC 4380 section 4: the client's address is stored inverted.
    { block: ipaddr.parseCIDR('2001::/32'), v4At: (bytes) => bytes.slice(12, 16).map((octet) => octet ^ 0xff) },
  ];
const GLOBAL_UNICAST = blocks('2000::/3');

const NAMES: Readonly<Record<string, AddressClass>> = {
  unicast: 'public',
  private: 'private',
  uniqueLocal: 'private',
  carrierGradeNat: 'shared',
  loopback: 'loopback',
  linkLocal: 'link-local',
  multicast: 'multicast',
  broadcast: 'multicast',
  unspecified: 'unspecified',
};

/**
 * What an IP address is, for deciding whether a request may go there. Only `public` is part of the open internet; an IPv6 address must lie
 * in 2000::/3 for that. An IPv4-mapped address is what it maps to. Anything that is not a plain IP literal is `invalid`.
 */
export function classifyAddress(ip: string): ClassifiedAddress {
  const address = parseAddress(ip);
  if (!address) return { class: 'invalid' };
  return address.kind() === 'ipv4' ? { class: classOf(address) } : classifyIpv6(address as ipaddr.IPv6);
}

function parseAddress(ip: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(ip)) return ipaddr.IPv4.parse(ip);
  const text = withHexTail(ip);
  return text.includes(':') && !text.includes('%') && ipaddr.IPv6.isValid(text) ? ipaddr.IPv6.parse(text) : undefined;
}

/** Writes a dotted tail as two groups (RFC 4291 section 2.2): ipaddr.js would read `::8.8.8.8` as `::ffff:8.8.8.8`. */
function withHexTail(ip: string): string {
  const tail = ip.slice(ip.lastIndexOf(':') + 1);
  if (!ip.includes(':') || !ipaddr.IPv4.isValidFourPartDecimal(tail)) return ip;
  const [a = 0, b = 0, c = 0, d = 0] = ipaddr.IPv4.parse(tail).octets;
  return `${ip.slice(0, -tail.length)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

function classifyIpv6(address: ipaddr.IPv6): ClassifiedAddress {
  if (address.isIPv4MappedAddress()) {
    const inner = address.toIPv4Address();
    return { class: classOf(inner), embedded: inner.toString() };
  }
  const plain = classOf(address);
  if (plain === 'loopback' || plain === 'unspecified') return { class: plain };
  const transition = TRANSITION.find(({ block }) => within(address, [block]));
  if (!transition) return { class: plain };
  return { class: 'transition', embedded: transition.v4At(address.toByteArray()).join('.') };
}

function classOf(address: ipaddr.IPv4 | ipaddr.IPv6): AddressClass {
  if (within(address, METADATA)) return 'metadata';
  const named = NAMES[address.range()] ?? 'reserved';
  if (named !== 'public') return named;
  if (within(address, RESERVED)) return 'reserved';
  return address.kind() === 'ipv6' && !within(address, GLOBAL_UNICAST) ? 'reserved' : 'public';
}

/** Whether two spellings are the same IP address. */
export function sameAddress(a: string, b: string): boolean {
  const [first, second] = [parseAddress(a), parseAddress(b)];
  return first !== undefined && second !== undefined && first.toNormalizedString() === second.toNormalizedString();
}
