import fc from 'fast-check';
import { tileHashReader } from '../tiles/tile-reader.ts';
import { TILE_WIDTH, tilesOf, type TileId } from '../tiles/tiles.ts';
import { consistencyProof, inclusionProof, isConsistent, isIncluded, treeRoot } from './proofs.ts';
import { compactRange } from './tree-hash.ts';
import { hex, naivePath, naiveProof, naiveRoot, testLeaves } from './tree.features.ts';

const MOST = 1025;
const leaves = testLeaves(MOST);
const first = (size: number) => leaves.slice(0, size);
const fullTiles = [
  leaves,
  Array.from({ length: 4 }, (_, i) => naiveRoot(leaves, (i + 1) * TILE_WIDTH, i * TILE_WIDTH)),
];
/** The tiles of the largest tree hold those of every smaller one, cut to their width. */
const tileOf = ({ level, index, width }: TileId) =>
  Promise.resolve(Buffer.concat(fullTiles[level]!.slice(index * TILE_WIDTH, index * TILE_WIDTH + width)));
const readerOf = (size: number) => tileHashReader(size, tileOf);

const size = fc.integer({ min: 1, max: MOST });
const leafOfTree = size.chain((n) => fc.record({ size: fc.constant(n), index: fc.nat(n - 1) }));
const twoSizes = fc.tuple(size, size).map(([a, b]) => ({ fromSize: Math.min(a, b), toSize: Math.max(a, b) }));
const changed = (bytes: Uint8Array, bit: number) =>
  Uint8Array.from(bytes, (byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
const bit = fc.nat(255);

describe('trees of up to 1025 leaves', () => {
  it('have the root of RFC 6962 2.1 at every size, grown or read out of tiles', async () => {
    const tree = compactRange();
    for (let n = 0; n <= MOST; n++) {
      const due = hex(naiveRoot(leaves, n));
      expect([hex(tree.root()), hex(await treeRoot(n, readerOf(n)))]).toEqual([due, due]);
      if (n < MOST) tree.append(leaves[n]!);
    }
  });

  it('go on from any point as if they had never stopped', () => {
    fc.assert(
      fc.property(twoSizes, ({ fromSize, toSize }) => {
        const before = compactRange();
        first(fromSize).forEach(before.append);
        const after = compactRange(before.state());
        leaves.slice(fromSize, toSize).forEach(after.append);
        expect(after.size()).toBe(toSize);
        expect(hex(after.root())).toBe(hex(naiveRoot(leaves, toSize)));
        expect(before.size()).toBe(fromSize);
      }),
    );
  });

  it('prove every leaf as RFC 6962 2.1.1 does', async () => {
    await fc.assert(
      fc.asyncProperty(leafOfTree, async ({ size: n, index }) => {
        const proof = await inclusionProof(index, n, readerOf(n));
        expect(proof.map(hex)).toEqual(naivePath(index, leaves, n).map(hex));
        expect(isIncluded({ index, size: n, leafHash: leaves[index]!, proof, root: naiveRoot(leaves, n) })).toBe(true);
      }),
    );
  });

  it('prove every beginning as RFC 6962 2.1.2 does', async () => {
    await fc.assert(
      fc.asyncProperty(twoSizes, async ({ fromSize, toSize }) => {
        const proof = await consistencyProof(fromSize, toSize, readerOf(toSize));
        expect(proof.map(hex)).toEqual(naiveProof(fromSize, leaves, toSize).map(hex));
        const roots = { fromRoot: naiveRoot(leaves, fromSize), toRoot: naiveRoot(leaves, toSize) };
        expect(isConsistent({ fromSize, toSize, ...roots, proof })).toBe(true);
      }),
    );
  });

  it('have as many tiles as their size makes, each of the width that it makes', () => {
    fc.assert(
      fc.property(size, (n) => {
        const due = [0, 1, 2].flatMap((level) => {
          const hashes = Math.floor(n / TILE_WIDTH ** level);
          return Array.from({ length: Math.ceil(hashes / TILE_WIDTH) }, (_, index) => ({
            level,
            index,
            width: Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH),
          }));
        });
        expect([...tilesOf(n)]).toEqual(due);
      }),
    );
  });
});

describe('a changed claim', () => {
  it('of inclusion is refused, whichever bit of leaf, root or proof is changed', async () => {
    await fc.assert(
      fc.asyncProperty(leafOfTree, bit, fc.nat(), async ({ size: n, index }, at, which) => {
        const proof = await inclusionProof(index, n, readerOf(n));
        const claim = { index, size: n, leafHash: leaves[index]!, proof, root: naiveRoot(leaves, n) };
        expect(isIncluded({ ...claim, leafHash: changed(claim.leafHash, at) })).toBe(false);
        expect(isIncluded({ ...claim, root: changed(claim.root, at) })).toBe(false);
        if (proof.length > 0) {
          const i = which % proof.length;
          expect(isIncluded({ ...claim, proof: proof.with(i, changed(proof[i]!, at)) })).toBe(false);
        }
      }),
    );
  });

  it('of inclusion is refused at another index, and with a hash more or less', async () => {
    await fc.assert(
      fc.asyncProperty(leafOfTree, fc.nat(), async ({ size: n, index }, other) => {
        const proof = await inclusionProof(index, n, readerOf(n));
        const claim = { index, size: n, leafHash: leaves[index]!, proof, root: naiveRoot(leaves, n) };
        if (other % n !== index) expect(isIncluded({ ...claim, index: other % n })).toBe(false);
        expect(isIncluded({ ...claim, proof: [...proof, leaves[0]!] })).toBe(false);
        expect(isIncluded({ ...claim, proof: [leaves[0]!, ...proof] })).toBe(false);
        if (n > 1) expect(isIncluded({ ...claim, proof: proof.slice(0, -1) })).toBe(false);
      }),
    );
  });

  it('of consistency is refused, whichever bit of a root or the proof is changed', async () => {
    await fc.assert(
      fc.asyncProperty(twoSizes, bit, fc.nat(), async ({ fromSize, toSize }, at, which) => {
        const proof = await consistencyProof(fromSize, toSize, readerOf(toSize));
        const roots = { fromRoot: naiveRoot(leaves, fromSize), toRoot: naiveRoot(leaves, toSize) };
        const claim = { fromSize, toSize, ...roots, proof };
        expect(isConsistent({ ...claim, fromRoot: changed(claim.fromRoot, at) })).toBe(false);
        expect(isConsistent({ ...claim, toRoot: changed(claim.toRoot, at) })).toBe(false);
        expect(isConsistent({ ...claim, proof: [...proof, leaves[0]!] })).toBe(false);
        if (proof.length > 0) {
          const i = which % proof.length;
          expect(isConsistent({ ...claim, proof: proof.with(i, changed(proof[i]!, at)) })).toBe(false);
          expect(isConsistent({ ...claim, proof: proof.slice(0, -1) })).toBe(false);
        }
      }),
    );
  });

  it.each([
    ['a size that is none', { size: 1.5 }],
    ['a size beyond exact numbers', { size: 2 ** 53 }],
    ['an index beyond the tree', { index: 1 }],
    ['an index that is none', { index: -1 }],
    ['a leaf of another length', { leafHash: new Uint8Array(31) }],
    ['a root of another length', { root: new Uint8Array(33) }],
    ['a proof of other lengths', { proof: [new Uint8Array(1)] }],
  ])('of inclusion is refused for %s', (_, change) => {
    const claim = { index: 0, size: 1, leafHash: leaves[0]!, proof: [], root: leaves[0]! };
    expect(isIncluded(claim)).toBe(true);
    expect(isIncluded({ ...claim, ...change })).toBe(false);
  });

  it.each([
    ['a size that is none', { fromSize: 0.5 }],
    ['sizes in the wrong order', { fromSize: 2 }],
    ['a negative size', { fromSize: -1 }],
    ['sizes beyond exact numbers', { fromSize: 2 ** 53, toSize: 2 ** 53 }],
    ['roots of another length', { fromRoot: new Uint8Array(31), toRoot: new Uint8Array(31) }],
    ['a proof of other lengths', { toSize: 2, proof: [new Uint8Array(1)] }],
  ])('of consistency is refused for %s', (_, change) => {
    const claim = { fromSize: 1, toSize: 1, fromRoot: leaves[0]!, toRoot: leaves[0]!, proof: [] };
    expect(isConsistent(claim)).toBe(true);
    expect(isConsistent({ ...claim, ...change })).toBe(false);
  });
});

describe('a tree of three levels of tiles', () => {
  it('is read out of them', async () => {
    const many = testLeaves(70_000);
    const above = (hashes: readonly Uint8Array[]) =>
      Array.from({ length: Math.floor(hashes.length / TILE_WIDTH) }, (_, i) =>
        naiveRoot(hashes, (i + 1) * TILE_WIDTH, i * TILE_WIDTH),
      );
    const levels = [many, above(many), above(above(many))];
    const read = tileHashReader(many.length, ({ level, index, width }) =>
      Promise.resolve(Buffer.concat(levels[level]!.slice(index * TILE_WIDTH, index * TILE_WIDTH + width))),
    );
    const root = naiveRoot(many);
    expect(hex(await treeRoot(many.length, read))).toBe(hex(root));
    for (const index of [0, 65_535, 65_536, 69_999]) {
      const proof = await inclusionProof(index, many.length, read);
      expect(isIncluded({ index, size: many.length, leafHash: many[index]!, proof, root })).toBe(true);
    }
  });
});
