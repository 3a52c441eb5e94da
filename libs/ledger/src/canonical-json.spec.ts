import { assertLedgerData, canonicalBytes, canonicalJson, CanonicalJsonError, MAX_DEPTH } from './canonical-json.ts';

const refusal = (act: () => unknown): { code: string; path: string } => {
  try {
    act();
  } catch (error) {
    if (error instanceof CanonicalJsonError) return { code: error.code, path: error.path.join('.') };
    throw error;
  }
  throw new Error('nothing was refused');
};
const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);

describe('canonicalJson', () => {
  it('sorts keys by their UTF-16 code units, at every level', () => {
    expect(canonicalJson({ b: { z: 1, a: 2 }, a: [], '€': 1, '\u{1F600}': 2, '\uFB33': 3, '1': 4, '': 5 })).toBe(
      '{"":5,"1":4,"a":[],"b":{"a":2,"z":1},"€":1,"\u{1F600}":2,"\uFB33":3}',
    );
  });

  it.each([
    [-0, '0'],
    [1e21, '1e+21'],
    [1e-7, '1e-7'],
    [0.1 + 0.2, '0.30000000000000004'],
    [5e-324, '5e-324'],
    [-9007199254740991, '-9007199254740991'],
  ])('writes the number %p as ECMAScript does', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it('escapes only what must be escaped', () => {
    expect(canonicalJson('\u0000\u001f"\\/\b\t\n\f\r\u007f\u2028é')).toBe(
      '"\\u0000\\u001f\\"\\\\/\\b\\t\\n\\f\\r\u007f\u2028é"',
    );
  });

  it('encodes as UTF-8', () => {
    expect(Buffer.from(canonicalBytes({ ö: '€' })).toString('hex')).toBe('7b22c3b6223a22e282ac227d');
  });

  it.each([
    ['a lone high surrogate', { a: ['\ud800x'] }, 'LONE_SURROGATE', 'a.0'],
    ['a lone low surrogate', '\udc00', 'LONE_SURROGATE', ''],
    ['a lone surrogate in a key', { '\ud800': 1 }, 'LONE_SURROGATE', '\ud800'],
    ['NaN', { a: NaN }, 'NUMBER_NOT_FINITE', 'a'],
    ['Infinity', [1, -Infinity], 'NUMBER_NOT_FINITE', '1'],
    ['undefined', { a: undefined }, 'NOT_JSON', 'a'],
    ['a hole in an array', new Array(1), 'NOT_JSON', '0'],
    ['a big integer', 1n, 'NOT_JSON', ''],
    ['a function', { a: { b: () => 1 } }, 'NOT_JSON', 'a.b'],
    ['a symbol', Symbol('x'), 'NOT_JSON', ''],
    ['a date', { at: new Date(0) }, 'NOT_PLAIN_OBJECT', 'at'],
    ['a map', new Map(), 'NOT_PLAIN_OBJECT', ''],
    ['33 levels', nested(MAX_DEPTH + 1), 'TOO_DEEP', '0.'.repeat(31) + '0'],
  ])('refuses %s and says where it is', (_, value, code, path) => {
    expect(refusal(() => canonicalJson(value))).toEqual({ code, path });
  });

  it('refuses a value that contains itself', () => {
    const loop: { self?: unknown } = {};
    loop.self = loop;
    expect(refusal(() => canonicalJson(loop)).code).toBe('TOO_DEEP');
  });

  it('takes 32 levels, and objects without a prototype', () => {
    expect(canonicalJson(nested(MAX_DEPTH))).toBe('['.repeat(32) + '1' + ']'.repeat(32));
    expect(canonicalJson(Object.assign(Object.create(null), { a: 1 }))).toBe('{"a":1}');
  });
});

describe('assertLedgerData', () => {
  it.each([
    ['a fraction', { price: 1.5 }, 'NUMBER_NOT_SAFE_INTEGER', 'price'],
    ['an integer beyond 2^53', { items: [{ n: 2 ** 53 }] }, 'NUMBER_NOT_SAFE_INTEGER', 'items.0.n'],
    ['NaN', [NaN], 'NUMBER_NOT_SAFE_INTEGER', '0'],
    ['a __proto__ key', JSON.parse('{"a":{"__proto__":1}}'), 'KEY_FORBIDDEN', 'a.__proto__'],
    ['a lone surrogate in a key', { a: { '\udfff': 1 } }, 'LONE_SURROGATE', 'a.\udfff'],
    ['undefined', [undefined], 'NOT_JSON', '0'],
    ['a class instance', { a: new URL('http://a.test') }, 'NOT_PLAIN_OBJECT', 'a'],
    ['33 levels', nested(MAX_DEPTH + 1), 'TOO_DEEP', '0.'.repeat(31) + '0'],
  ])('refuses %s and says where it is', (_, value, code, path) => {
    expect(refusal(() => assertLedgerData(value))).toEqual({ code, path });
  });

  it('takes what JSON and the ledger share', () => {
    expect(() =>
      assertLedgerData({ a: [null, true, -0, 9007199254740991, '€'], constructor: 1, b: nested(31) }),
    ).not.toThrow();
  });
});
