import { sameBytes, sha256 } from '../chain.ts';
import { compactRange } from '../merkle/tree-hash.ts';
import { treeRoot } from '../merkle/proofs.ts';
import { tileHashReader } from './tile-reader.ts';
import { tileBuilder, partialTilesOf, type BuiltTile } from './tile-builder.ts';
import { tilePath, tilesOf } from './tiles.ts';

const leaf = (n: number): Uint8Array => sha256(Uint8Array.of(n & 255, (n >> 8) & 255, n >> 16));

/** The tiles of a tree, made from its first leaf on, or from a smaller tree's partial tiles. */
function built(size: number, from = 0, before?: ReadonlyMap<string, Uint8Array>) {
  const tiles = new Map<string, Uint8Array>(before);
  const keep = ({ tile, bytes }: BuiltTile) => void tiles.set(tilePath(tile), bytes);
  const builder = tileBuilder(keep, { size: from, partialTile: (tile) => tiles.get(tilePath(tile))! });
  for (let n = from; n < size; n++) builder.append(leaf(n));
  builder.partial().forEach(keep);
  return { tiles, root: builder.root(), size: builder.size() };
}

describe('tiles that are built leaf by leaf', () => {
  const whole = built(66_000);

  it.each([0, 1, 2, 255, 256, 257, 511, 512, 1000, 65_535, 65_536, 65_537])(
    'are those of a tree of %i',
    async (size) => {
      const { tiles, root } = built(size);
      expect([...tiles.keys()].sort()).toEqual([...tilesOf(size)].map(tilePath).sort());
      const plain = compactRange();
      for (let n = 0; n < size; n++) plain.append(leaf(n));
      expect(root).toEqual(plain.root());
      expect(
        await treeRoot(
          size,
          tileHashReader(size, async (tile) => tiles.get(tilePath(tile))!),
        ),
      ).toEqual(root);
    },
  );

  it.each([1, 255, 256, 300, 512, 65_536, 65_700])('go on from the partial tiles of a tree of %i', (from) => {
    const resumed = built(66_000, from, built(from).tiles);
    expect(resumed.root).toEqual(whole.root);
    const differing = [...whole.tiles].filter(([path, bytes]) => !sameBytes(resumed.tiles.get(path)!, bytes));
    expect(differing).toEqual([]);
  });

  it('are not gone on with from a partial tile of another width', () => {
    expect(() => tileBuilder(() => undefined, { size: 3, partialTile: () => new Uint8Array(32) })).toThrow(RangeError);
    expect(() => partialTilesOf(-1)).toThrow(RangeError);
  });
});
