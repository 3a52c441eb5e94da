import { isIP } from 'node:net';
import { ownAddresses, selfStop } from './self-guard.ts';

const own = { addresses: ['203.0.114.7', '10.1.2.3', '2a00::7'], ports: [4701, 3128] };
const at = (ip: string, port: number, isNamed = false) => selfStop({ ip, port, isNamed }, own)?.code;

describe('this machine', () => {
  it('is not reached at any of its addresses, however they are written', () => {
    for (const ip of ['203.0.114.7', '10.1.2.3', '2a00::7', '2a00:0:0:0:0:0:0:7', '127.0.0.1', '127.9.9.9', '::1'])
      expect(at(ip, 443)).toBe('ADDRESS_REFUSED');
  });
  it('is reached as a named destination, but not on a port that this process listens on', () => {
    expect(at('127.0.0.1', 8080, true)).toBeUndefined();
    expect(at('10.1.2.3', 8080, true)).toBeUndefined();
    for (const ip of ['127.0.0.1', '10.1.2.3', '::1']) expect(at(ip, 3128, true)).toBe('ADDRESS_REFUSED');
  });
  it('is not every other machine', () => {
    expect(at('203.0.114.8', 3128)).toBeUndefined();
    expect(at('2a00::8', 4701)).toBeUndefined();
  });
  it('has addresses of its own', () => {
    expect(ownAddresses().length).toBeGreaterThan(0);
    expect(ownAddresses().filter((address) => isIP(address) === 0)).toEqual([]);
  });
});
