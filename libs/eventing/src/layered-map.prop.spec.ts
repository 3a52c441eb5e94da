import fc from 'fast-check';
import { emptyMap, entriesOf, valueAt, withValue, type LayeredMap } from './layered-map.ts';

const writes = fc.array(fc.tuple(fc.stringMatching(/^[a-e]{1,2}$/), fc.nat()), { maxLength: 200 });

describe('a layered map', () => {
  it('holds what a plain map holds, whatever is written', () => {
    fc.assert(
      fc.property(writes, (pairs) => {
        const plain = new Map<string, number>();
        let layered: LayeredMap<number> = emptyMap();
        for (const [key, value] of pairs) {
          plain.set(key, value);
          layered = withValue(layered, key, value);
          expect(valueAt(layered, key)).toBe(value);
        }
        expect(new Map(entriesOf(layered))).toEqual(plain);
        expect(layered.layers.length).toBeLessThanOrEqual(9);
      }),
    );
  });

  it('leaves the map it was made from as it was', () => {
    const before = withValue(emptyMap<number>(), 'a', 1);
    withValue(before, 'a', 2);
    expect(valueAt(before, 'a')).toBe(1);
  });
});
