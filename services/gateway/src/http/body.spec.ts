import { isDeeper, MAX_DEPTH, parseJsonBody } from './body.ts';

const nested = (levels: number, open = '[', close = ']') => `${open.repeat(levels)}1${close.repeat(levels)}`;

describe('bodies', () => {
  it('takes an empty body for none', () => {
    expect(parseJsonBody('')).toBeUndefined();
  });

  it('takes what is nested as deeply as allowed and refuses one level more', () => {
    expect(isDeeper(parseJsonBody(nested(MAX_DEPTH)), MAX_DEPTH - 1)).toBe(true);
    expect(() => parseJsonBody(nested(MAX_DEPTH + 1))).toThrow('nested deeper than 64');
    expect(() => parseJsonBody(nested(MAX_DEPTH + 1, '{"a":', '}'))).toThrow('nested deeper than 64');
  });

  it('refuses nesting that would overflow a stack', () => {
    expect(() => parseJsonBody(nested(200_000))).toThrow('nested deeper than 64');
  });

  it.each(['{"a":{"__proto__":{}}}', '[{"__proto__":1}]', '{"\\u005f_proto__":{}}'])(
    'refuses the key __proto__ in %s',
    (text) => {
      expect(() => parseJsonBody(text)).toThrow('__proto__');
    },
  );

  it('takes __proto__ as a value', () => {
    expect(parseJsonBody('{"a":"__proto__"}')).toEqual({ a: '__proto__' });
  });

  it('says where JSON breaks', () => {
    expect(() => parseJsonBody('{"a":}')).toThrow(/not valid JSON: Unexpected token/);
  });
});
