import fc from 'fast-check';
import { canonicalJson } from './canonical-json.ts';
import { isCanonicalText } from './canonical-text.ts';

const json = fc.jsonValue({ maxDepth: 4 });

describe('a JSON text', () => {
  it('is canonical exactly when it is what canonicalJson writes of its value', () => {
    fc.assert(
      fc.property(json, (value) => {
        for (const text of [JSON.stringify(value), canonicalJson(value), JSON.stringify(value, null, 1)]) {
          const parsed: unknown = JSON.parse(text);
          expect(isCanonicalText(text, parsed)).toBe(text === canonicalJson(parsed));
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['{"1":1,"10":2,"9":3}', true],
    ['{"1":1,"9":3,"10":2}', false],
    ['{"b":1,"a":2}', false],
    ['[{"b":1,"a":2}]', false],
    ['{"a":1,"a":1}', false],
    ['{"a":"\\u00e9"}', false],
    ['{"a":1.0}', false],
    ['{"a":-0}', false],
    ['{"a": 1}', false],
  ])('%s: %s', (text, canonical) => {
    expect(isCanonicalText(text, JSON.parse(text))).toBe(canonical);
  });
});
