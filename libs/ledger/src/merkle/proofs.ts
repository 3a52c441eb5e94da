import { HASH_BYTES, sameBytes } from '../chain.ts';
import { isCount } from '../encoding.ts';
import { EMPTY_ROOT, foldRight, nodeHash } from './tree-hash.ts';

/** A perfect subtree of 2^level leaves: [index * 2^level, (index + 1) * 2^level). */
export type Node = { readonly level: number; readonly index: number };

/** Reads the hashes of perfect subtrees, in the order asked for; rejects when one is not there. */
export type HashReader = (nodes: readonly Node[]) => Promise<readonly Uint8Array[]>;

/** Leaves [from, to); `from` is a multiple of the smallest power of two that is not below `to - from`. */
type Range = { readonly from: number; readonly to: number };

/** The root of the tree over the first `size` leaves (RFC 6962 2.1). RangeError for a size that is none. */
export async function treeRoot(size: number, read: HashReader): Promise<Uint8Array> {
  assertSize(size);
  if (size === 0) return EMPTY_ROOT;
  const [root] = await rangeRoots([{ from: 0, to: size }], read);
  return root!;
}

/**
 * The audit path of a leaf, from its sibling up to the child of the root (RFC 6962 2.1.1). RangeError unless 0 <= index < size.
 */
export async function inclusionProof(index: number, size: number, read: HashReader): Promise<readonly Uint8Array[]> {
  assertSize(size);
  if (!isCount(index) || index >= size) throw new RangeError(`a tree of ${size} leaves has no leaf ${index}`);
  const ranges: Range[] = [];
  let from = 0;
  let to = size;
  while (to - from > 1) {
    const middle = from + splitOf(to - from);
    if (index < middle) {
      ranges.push({ from: middle, to });
      to = middle;
    } else {
      ranges.push({ from, to: middle });
      from = middle;
    }
  }
  return rangeRoots(ranges.reverse(), read);
}

/**
 * That the tree of `fromSize` leaves is the beginning of the tree of `toSize` leaves (RFC 6962 2.1.2). Empty for `fromSize` 0, where there is
 * nothing to prove (C2SP tlog-witness), and for equal sizes. RangeError unless 0 <= fromSize <= toSize.
 */
export async function consistencyProof(
  fromSize: number,
  toSize: number,
  read: HashReader,
): Promise<readonly Uint8Array[]> {
  assertSize(toSize);
  if (!isCount(fromSize) || fromSize > toSize)
    throw new RangeError(`a tree of ${toSize} leaves never had ${fromSize} leaves`);
  if (fromSize === 0 || fromSize === toSize) return [];
  const ranges: Range[] = [];
  let from = 0;
  let to = toSize;
  while (fromSize !== to) {
    const middle = from + splitOf(to - from);
    if (fromSize <= middle) {
      ranges.push({ from: middle, to });
      to = middle;
    } else {
      ranges.push({ from, to: middle });
      from = middle;
    }
  }
  // From 0 on, the older tree is itself this subtree, and whoever checks the proof has its root already.
  if (from > 0) ranges.push({ from, to });
  return rangeRoots(ranges.reverse(), read);
}

export type Inclusion = {
  readonly index: number;
  readonly size: number;
  readonly leafHash: Uint8Array;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
};

/** Whether a proof shows that a leaf is at `index` of the tree with this size and root (RFC 9162 2.1.3.2). Never throws. */
export function isIncluded({ index, size, leafHash, proof, root }: Inclusion): boolean {
  if (!isCount(index) || !isCount(size) || index >= size) return false;
  if (![leafHash, root, ...proof].every(isHash)) return false;
  const path = pathOf(index, size - 1);
  let node = leafHash;
  for (const sibling of proof) {
    const side = path.next();
    if (side === undefined) return false;
    node = side === 'left' ? nodeHash(sibling, node) : nodeHash(node, sibling);
  }
  return path.next() === undefined && sameBytes(node, root);
}

export type Consistency = {
  readonly fromSize: number;
  readonly fromRoot: Uint8Array;
  readonly toSize: number;
  readonly toRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
};

/**
 * Whether a proof shows that one tree is the beginning of another (RFC 9162 2.1.4.2). From size 0: true when the proof is empty and `fromRoot` is
 * {@link EMPTY_ROOT}. Equal sizes: true when the proof is empty and the roots are the same. Never throws.
 */
export function isConsistent({ fromSize, fromRoot, toSize, toRoot, proof }: Consistency): boolean {
  if (!isCount(fromSize) || !isCount(toSize) || fromSize > toSize) return false;
  if (![fromRoot, toRoot, ...proof].every(isHash)) return false;
  if (fromSize === 0 && !sameBytes(fromRoot, EMPTY_ROOT)) return false;
  if (fromSize === toSize) return proof.length === 0 && sameBytes(fromRoot, toRoot);
  return fromSize === 0 ? proof.length === 0 : leadsToBoth({ fromSize, fromRoot, toSize, toRoot, proof });
}

function leadsToBoth({ fromSize, fromRoot, toSize, toRoot, proof }: Consistency): boolean {
  const roots = rootsAlong(fromSize, toSize, isPowerOfTwo(fromSize) ? [fromRoot, ...proof] : proof);
  return roots !== undefined && sameBytes(roots.from, fromRoot) && sameBytes(roots.to, toRoot);
}

/** The roots of the older and the newer tree that a consistency proof leads to; undefined when it has too few or too many hashes. */
function rootsAlong(
  fromSize: number,
  toSize: number,
  hashes: readonly Uint8Array[],
): { readonly from: Uint8Array; readonly to: Uint8Array } | undefined {
  const [first, ...rest] = hashes;
  if (first === undefined) return undefined;
  let index = fromSize - 1;
  let last = toSize - 1;
  while (index % 2 === 1) {
    index = half(index);
    last = half(last);
  }
  const path = pathOf(index, last);
  let from = first;
  let to = first;
  for (const sibling of rest) {
    const side = path.next();
    if (side === undefined) return undefined;
    if (side === 'left') from = nodeHash(sibling, from);
    to = side === 'left' ? nodeHash(sibling, to) : nodeHash(to, sibling);
  }
  return path.next() === undefined ? { from, to } : undefined;
}

type Side = 'left' | 'right';

/** On which side the siblings of a leaf lie on its way to the root, where `last` is the index of the last leaf; undefined once at the root. */
function pathOf(index: number, last: number): { readonly next: () => Side | undefined } {
  function up(): void {
    index = half(index);
    last = half(last);
  }

  function next(): Side | undefined {
    if (last === 0) return undefined;
    const side = index % 2 === 1 || index === last ? 'left' : 'right';
    // At the right edge a node without sibling rises until it has one.
    if (side === 'left') while (index % 2 === 0 && index !== 0) up();
    up();
    return side;
  }

  return { next };
}

/** Reads every perfect subtree of some ranges at once, and folds each range to its root. */
async function rangeRoots(ranges: readonly Range[], read: HashReader): Promise<readonly Uint8Array[]> {
  const nodes = ranges.map(nodesOf);
  const hashes = await read(nodes.flat());
  let at = 0;
  return nodes.map(({ length }) => foldRight(hashes.slice(at, (at += length))));
}

function nodesOf({ from, to }: Range): readonly Node[] {
  const nodes: Node[] = [];
  let level = Math.ceil(Math.log2(to - from + 1));
  for (let at = from; at < to; level--) {
    const leaves = 2 ** level;
    if (at + leaves > to) continue;
    nodes.push({ level, index: at / leaves });
    at += leaves;
  }
  return nodes;
}

/** The largest power of two below a number of leaves above 1. */
function splitOf(leaves: number): number {
  let power = 1;
  while (power * 2 < leaves) power *= 2;
  return power;
}

function isPowerOfTwo(size: number): boolean {
  return splitOf(size) * 2 === size || size === 1;
}

// Bit operators end at 32 bits.
const half = (value: number): number => Math.floor(value / 2);
const isHash = (bytes: Uint8Array): boolean => bytes.length === HASH_BYTES;

function assertSize(size: number): void {
  if (!isCount(size)) throw new RangeError(`a tree has 0 to 2^53-1 leaves, not ${size}`);
}
