import { digest, HASH_BYTES, sha256 } from '../chain.ts';
import { isCount } from '../encoding.ts';

/** The root of a tree without leaves: SHA-256 of nothing (RFC 6962 2.1). */
export const EMPTY_ROOT: Uint8Array = sha256();

// One block for every node: hashing is synchronous, and a fresh block per node costs a third of the speed.
const block = new Uint8Array(1 + 2 * HASH_BYTES);
block[0] = 1;

/** The hash of an inner node: SHA-256(0x01 || left || right), RFC 6962 2.1. RangeError unless both have 32 bytes. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  if (left.length !== HASH_BYTES || right.length !== HASH_BYTES)
    throw new RangeError(`a tree hash has ${HASH_BYTES} bytes, not ${left.length} and ${right.length}`);
  block.set(left, 1);
  block.set(right, 1 + HASH_BYTES);
  return digest(block);
}

/** The leaves [0, size) as the roots of the fewest perfect subtrees, largest first: all that is needed to go on appending. */
export type CompactRange = { readonly size: number; readonly hashes: readonly Uint8Array[] };

export type GrowingTree = {
  readonly size: () => number;
  /** Adds the hash of the next leaf. RangeError unless it has 32 bytes. The bytes are kept, and MUST NOT be changed afterwards. */
  readonly append: (leafHash: Uint8Array) => void;
  readonly root: () => Uint8Array;
  /** What {@link compactRange} takes to go on from here. */
  readonly state: () => CompactRange;
};

/**
 * A Merkle tree (RFC 6962 2.1) that grows at its right edge, in memory proportional to the logarithm of its size.
 * @param start where to go on; RangeError unless it has one hash of 32 bytes per set bit of its size
 */
export function compactRange(start: CompactRange = { size: 0, hashes: [] }): GrowingTree {
  assertRange(start);
  const hashes = [...start.hashes];
  let size = start.size;

  function append(leafHash: Uint8Array): void {
    assertHash(leafHash);
    let node = leafHash;
    for (let left = size; left % 2 === 1; left = (left - 1) / 2) node = nodeHash(hashes.pop()!, node);
    hashes.push(node);
    size++;
  }

  return {
    size: () => size,
    append,
    root: () => foldRight(hashes),
    state: () => ({ size, hashes: [...hashes] }),
  };
}

/** The root over the roots of perfect subtrees, largest first: a tree splits at the largest power of two below its size (RFC 6962 2.1). */
export function foldRight(hashes: readonly Uint8Array[]): Uint8Array {
  return hashes.length === 0 ? EMPTY_ROOT : hashes.reduceRight((right, left) => nodeHash(left, right));
}

/** The root of the tree over these leaf hashes (RFC 6962 2.1). */
export function rootOf(leafHashes: readonly Uint8Array[]): Uint8Array {
  const tree = compactRange();
  for (const leaf of leafHashes) tree.append(leaf);
  return tree.root();
}

function assertHash(bytes: Uint8Array): void {
  if (bytes.length !== HASH_BYTES) throw new RangeError(`a tree hash has ${HASH_BYTES} bytes, not ${bytes.length}`);
}

function assertRange({ size, hashes }: CompactRange): void {
  if (!isCount(size)) throw new RangeError(`a tree has 0 to 2^53-1 leaves, not ${size}`);
  const due = size.toString(2).replaceAll('0', '').length;
  if (hashes.length !== due)
    throw new RangeError(`a tree of ${size} leaves has ${due} perfect subtrees, not ${hashes.length}`);
  hashes.forEach(assertHash);
}
