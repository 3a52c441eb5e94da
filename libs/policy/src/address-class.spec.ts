import { classifyAddress, sameAddress } from './address-class.ts';

const CASES: readonly (readonly [string, string, string?])[] = [
  ['8.8.8.8', 'public'],
  ['2606:4700::1111', 'public'],
  ['10.1.2.3', 'private'],
  ['172.31.255.255', 'private'],
  ['192.168.0.1', 'private'],
  ['fd12:3456::1', 'private'],
  ['100.64.0.1', 'shared'],
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['::1', 'loopback'],
  ['169.254.1.1', 'link-local'],
  ['fe80::1', 'link-local'],
  ['169.254.169.254', 'metadata'],
  ['169.254.170.2', 'metadata'],
  ['168.63.129.16', 'metadata'],
  ['100.100.100.200', 'metadata'],
  ['192.0.0.192', 'metadata'],
  ['fd00:ec2::254', 'metadata'],
  ['224.0.0.1', 'multicast'],
  ['255.255.255.255', 'multicast'],
  ['ff02::1', 'multicast'],
  ['0.0.0.0', 'unspecified'],
  ['::', 'unspecified'],
  ['0.1.2.3', 'unspecified'],
  ['192.0.2.1', 'reserved'],
  ['198.18.0.1', 'reserved'],
  ['240.0.0.1', 'reserved'],
  ['2001:db8::1', 'reserved'],
  ['100:0:0:1::1', 'reserved'],
  ['3fff::1', 'reserved'],
  ['5f00::1', 'reserved'],
  ['fec0::1', 'reserved'],
  ['64:ff9c::1', 'reserved'],
  ['4000::1', 'reserved'],
  ['::ffff:8.8.8.8', 'public', '8.8.8.8'],
  ['::ffff:7f00:1', 'loopback', '127.0.0.1'],
  ['::ffff:169.254.169.254', 'metadata', '169.254.169.254'],
  ['::7f00:1', 'transition', '127.0.0.1'],
  ['::8.8.8.8', 'transition', '8.8.8.8'],
  ['::ffff:0:127.0.0.1', 'transition', '127.0.0.1'],
  ['64:ff9b::a9fe:a9fe', 'transition', '169.254.169.254'],
  ['64:ff9b:1:a9fe:a9:fe00::', 'transition', '169.254.169.254'],
  ['2002:7f00:1::1', 'transition', '127.0.0.1'],
  ['2001:0:4136:e378:8000:63bf:80ff:fffe', 'transition', '127.0.0.1'],
];

describe('the class of an address', () => {
  it.each(CASES.map(([ip, expected, embedded = '']) => ({ ip, expected, embedded })))(
    'of $ip is $expected',
    ({ ip, expected, embedded }) => {
      expect(classifyAddress(ip)).toEqual({ class: expected, ...(embedded ? { embedded } : {}) });
    },
  );

  it.each([
    '',
    'localhost',
    '2130706433',
    '0x7f.1',
    '127.1',
    '010.0.0.1',
    '1.2.3.4 ',
    '::1%lo',
    '[::1]',
    '1.2.3.4/8',
    '1.2.3.256',
  ])('of «%s» is invalid: it is not a plain IP literal', (ip) => {
    expect(classifyAddress(ip)).toEqual({ class: 'invalid' });
  });
});

describe('sameAddress', () => {
  it('sees through spellings of IPv6', () => {
    expect(sameAddress('fd00:0:0::1', 'fd00::1')).toBe(true);
  });
  it('tells a mapped address from the one it maps to, and never matches what is no address', () => {
    expect(sameAddress('::ffff:10.0.0.1', '10.0.0.1')).toBe(false);
    expect(sameAddress('x', 'x')).toBe(false);
  });
});
