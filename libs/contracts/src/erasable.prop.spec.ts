import fc from 'fast-check';
import { erasableTree, mergedData, splitData, withPlaceholders, type ErasableMembers } from './erasable.ts';
import type { Json } from './json.ts';

const name = fc.constantFrom('a', 'b', 'c', 'constructor', 'toString');
const data = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'medium' },
    fc.integer(),
    fc.constantFrom('', 'text', '*'),
    fc.constant(null),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(name, tie('json'), { maxKeys: 4 }),
  ),
})).json;
const path = fc
  .tuple(fc.array(fc.oneof(name, fc.constant('*')), { maxLength: 3 }), name)
  .map(([names, last]) => [...names, last].join('.'));
/** Paths of which none leads through another. */
const members: fc.Arbitrary<ErasableMembers> = fc.array(path, { maxLength: 4 }).map((paths) => {
  const apart = paths.filter((one, at) => paths.every((other, i) => i === at || !`${one}.`.startsWith(`${other}.`)));
  return Object.fromEntries(apart.map((one) => [one, '[erased]']));
});

const RUNS = { numRuns: 2_000 };

describe('data that can be erased in part', () => {
  it('is what it was when both parts are put together', () => {
    fc.assert(
      fc.property(data, members, (whole, paths) => {
        const { kept, taken } = splitData(whole, erasableTree(paths));
        expect(taken === undefined ? kept : mergedData(kept, taken)).toEqual(whole);
      }),
      RUNS,
    );
  });

  it('is kept without any member that was named', () => {
    fc.assert(
      fc.property(data, members, (whole, paths) => {
        const tree = erasableTree(paths);
        const { kept } = splitData(whole, tree);
        expect(splitData(kept, tree)).toEqual({ kept, taken: undefined });
      }),
      RUNS,
    );
  });

  it('has the same members once placeholders stand for those that were taken', () => {
    fc.assert(
      fc.property(data, members, (whole, paths) => {
        const tree = erasableTree(paths);
        const { kept, taken } = splitData(whole, tree);
        if (taken === undefined) return;
        const filled = withPlaceholders(kept, tree);
        expect(splitData(filled, tree).kept).toEqual(kept);
        expect(mergedData(kept, splitData(filled, tree).taken ?? null)).toEqual(filled);
      }),
      RUNS,
    );
  });

  it('is read without a crash whatever is put together', () => {
    fc.assert(
      fc.property(data, data, (kept, taken) => void mergedData(kept, taken)),
      RUNS,
    );
  });
});
