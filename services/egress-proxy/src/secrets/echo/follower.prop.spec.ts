import fc from 'fast-check';
import { echoIndex } from './echo-scan.ts';

const each = (write: (byte: number) => string) => (value: string) => [...Buffer.from(value)].map(write).join('');
const hex = (byte: number): string => byte.toString(16).padStart(2, '0');

/** Ways to write a value, from its first byte on. */
const WRITTEN: Readonly<Record<string, (value: string) => string>> = {
  raw: (value) => value,
  capitals: (value) => value.toUpperCase(),
  base64: (value) => Buffer.from(value).toString('base64'),
  'base64 in lines': (value) =>
    Buffer.from(value)
      .toString('base64')
      .replace(/(.{5})/g, '$1\r\n'),
  'hex with colons': each((byte) => `${hex(byte)}:`),
  'UTF-16': each((byte) => `${String.fromCharCode(byte)}\0`),
  percent: each((byte) => `%${hex(byte)}`),
  'percent, some of it': each((byte) => (byte % 2 ? `%${hex(byte)}` : String.fromCharCode(byte))),
  'percent, twice': each((byte) => `%25${hex(byte)}`),
  JSON: each((byte) => `\\u00${hex(byte)}`),
  'JSON in JSON': each((byte) => `\\\\u00${hex(byte)}`),
  'an address in JSON': each((byte) => `\\u0025${hex(byte)}`),
  'JSON in an address': each((byte) => `%5cu00${hex(byte)}`),
  markup: each((byte) => `&#x0000${hex(byte)};`),
};

const values = fc.string({ unit: fc.constantFrom(...'aB3%&+/=_~xyzQ'), minLength: 9, maxLength: 24 });
/** None of this can stand in a value, nor begin an escape. */
const others = fc.string({ unit: fc.constantFrom(...'.,!?()<> \n'), maxLength: 30 });

describe('a stream that is passed on while it comes', () => {
  it.each(Object.keys(WRITTEN))('is held back from where a secret begins: %s', (how) => {
    fc.assert(
      fc.property(values, others, fc.integer({ min: 1, max: 9 }), (value, before, size) => {
        const written = `${before},${WRITTEN[how]!(value)}`;
        const stream = Buffer.from(written, 'latin1');
        const follower = echoIndex([{ name: 'crm', value: Buffer.from(value) }]).follow();
        for (let at = 0; at < stream.length; at += size) {
          if (follower.feed(stream.subarray(at, at + size))) return true;
          if (follower.clear() > before.length + 1) return false;
        }
        return false;
      }),
      { numRuns: 50 },
    );
  });

  it('is never further than what has come, never goes back, and is given whole once nothing is open', () => {
    const letters = fc.string({ unit: fc.constantFrom(...'first-value%6\\u0&#x;.'), maxLength: 40 });
    const pieces = fc.array(letters, { maxLength: 8 });
    const index = echoIndex([{ name: 'crm', value: Buffer.from('first-value-1') }]);
    fc.assert(
      fc.property(pieces, (all) => {
        const follower = index.follow();
        let came = 0;
        let clear = 0;
        for (const piece of all) {
          if (follower.feed(Buffer.from(piece))) return true;
          came += piece.length;
          const now = follower.clear();
          if (now < clear || now > came) return false;
          clear = now;
        }
        follower.feed(Buffer.from('............'));
        return follower.clear() === came + 12;
      }),
      { numRuns: 500 },
    );
  });

  it('is held back no longer than something may still become a secret', () => {
    const follower = echoIndex([{ name: 'crm', value: Buffer.from('first-value-1') }]).follow();
    const clearAfter = (text: string): number => {
      follower.feed(Buffer.from(text));
      return follower.clear();
    };
    expect(clearAfter('the fi')).toBe(4);
    expect(clearAfter('rst-val')).toBe(4);
    expect(clearAfter(' of it. ')).toBe(21);
    expect(clearAfter('100 %6')).toBe(25);
    expect(clearAfter('5.')).toBe(29);
  });
});
