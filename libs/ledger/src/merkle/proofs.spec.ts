import { consistencyProof, inclusionProof, isConsistent, isIncluded, treeRoot } from './proofs.ts';
import { compactRange, EMPTY_ROOT, nodeHash, rootOf } from './tree-hash.ts';
import { hex, leafReader, naivePath, naiveProof, naiveRoot, testLeaves } from './tree.features.ts';

const SIZE = 67;
const leaves = testLeaves(SIZE);
const read = leafReader(leaves);
const rootAt = (size: number) => rootOf(leaves.slice(0, size));
const sizes = Array.from({ length: SIZE + 1 }, (_, size) => size);

describe('a tree', () => {
  it('has the root that RFC 6962 2.1 gives it, at every size', async () => {
    for (const size of sizes) {
      const due = hex(naiveRoot(leaves.slice(0, size)));
      expect(hex(rootAt(size))).toBe(due);
      expect(hex(await treeRoot(size, read))).toBe(due);
    }
  });

  it('takes no hash of another length than 32 bytes', () => {
    expect(() => compactRange().append(new Uint8Array(31))).toThrow(RangeError);
    expect(() => nodeHash(EMPTY_ROOT, new Uint8Array(33))).toThrow(RangeError);
    expect(() => nodeHash(new Uint8Array(31), EMPTY_ROOT)).toThrow(RangeError);
  });

  it('goes on only from a state with one hash per perfect subtree', () => {
    expect(() => compactRange({ size: 3, hashes: [EMPTY_ROOT] })).toThrow(RangeError);
    expect(() => compactRange({ size: 1, hashes: [new Uint8Array(31)] })).toThrow(RangeError);
    expect(() => compactRange({ size: 0.5, hashes: [] })).toThrow(RangeError);
    expect(() => compactRange({ size: -1, hashes: [] })).toThrow(RangeError);
  });
});

describe('an inclusion proof', () => {
  it('is the audit path of RFC 6962 2.1.1, and is accepted', async () => {
    for (const size of sizes) {
      const root = rootAt(size);
      for (let index = 0; index < size; index++) {
        const proof = await inclusionProof(index, size, read);
        expect(proof.map(hex)).toEqual(naivePath(index, leaves.slice(0, size)).map(hex));
        expect(isIncluded({ index, size, leafHash: leaves[index]!, proof, root })).toBe(true);
      }
    }
  });

  it.each([
    [0, 0],
    [5, 5],
    [-1, 5],
    [0.5, 5],
    [0, -1],
    [0, 2 ** 53],
  ])('cannot be made for leaf %p of %p', async (index, size) => {
    await expect(inclusionProof(index, size, read)).rejects.toThrow(RangeError);
  });
});

describe('a consistency proof', () => {
  it('is that of RFC 6962 2.1.2, and is accepted', async () => {
    for (const toSize of sizes) {
      for (let fromSize = 0; fromSize <= toSize; fromSize++) {
        const proof = await consistencyProof(fromSize, toSize, read);
        if (fromSize > 0) expect(proof.map(hex)).toEqual(naiveProof(fromSize, leaves.slice(0, toSize)).map(hex));
        const claim = { fromSize, toSize, fromRoot: rootAt(fromSize), toRoot: rootAt(toSize), proof };
        expect(isConsistent(claim)).toBe(true);
      }
    }
  });

  it('is empty from the empty tree on, whose root is that of nothing', async () => {
    const proof = await consistencyProof(0, 5, read);
    const claim = { fromSize: 0, fromRoot: EMPTY_ROOT, toSize: 5, toRoot: rootAt(5), proof };
    expect(proof).toEqual([]);
    expect(isConsistent(claim)).toBe(true);
    expect(isConsistent({ ...claim, proof: [EMPTY_ROOT] })).toBe(false);
    expect(isConsistent({ ...claim, fromRoot: rootAt(1) })).toBe(false);
  });

  it.each([
    [6, 5],
    [-1, 5],
    [0.5, 5],
    [0, 2 ** 53],
  ])('cannot be made from %p to %p', async (fromSize, toSize) => {
    await expect(consistencyProof(fromSize, toSize, read)).rejects.toThrow(RangeError);
  });
});
