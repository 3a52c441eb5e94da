import { createHash } from 'node:crypto';
import type { HashReader, Node } from './proofs.ts';

/** Trees as RFC 6962 2.1 writes them down: recursion over lists of leaf hashes, word by word and slow. What the library is compared with. */

const EMPTY = createHash('sha256').digest();

export function naiveNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  return createHash('sha256').update(Uint8Array.of(1)).update(left).update(right).digest();
}

type Leaves = readonly Uint8Array[];
const known = new WeakMap<Leaves, Map<string, Uint8Array>>();

/** MTH(D[from:to]) of 2.1, over leaf hashes. What was worked out once for a list is kept: the tests ask for the same subtrees again and again. */
export function naiveRoot(leaves: Leaves, to = leaves.length, from = 0): Uint8Array {
  if (from === to) return EMPTY;
  if (to - from === 1) return leaves[from]!;
  const roots = known.get(leaves) ?? new Map<string, Uint8Array>();
  known.set(leaves, roots);
  const root = roots.get(`${from}:${to}`) ?? joined(leaves, to, from);
  roots.set(`${from}:${to}`, root);
  return root;
}

function joined(leaves: Leaves, to: number, from: number): Uint8Array {
  const k = largestPowerBelow(to - from);
  return naiveNode(naiveRoot(leaves, from + k, from), naiveRoot(leaves, to, from + k));
}

/** PATH(m, D[from:to]) of 2.1.1. */
export function naivePath(m: number, leaves: Leaves, to = leaves.length, from = 0): readonly Uint8Array[] {
  if (to - from === 1) return [];
  const k = largestPowerBelow(to - from);
  return m < k
    ? [...naivePath(m, leaves, from + k, from), naiveRoot(leaves, to, from + k)]
    : [...naivePath(m - k, leaves, to, from + k), naiveRoot(leaves, from + k, from)];
}

/** PROOF(m, D[0:to]) of 2.1.2. */
export function naiveProof(m: number, leaves: Leaves, to = leaves.length): readonly Uint8Array[] {
  return subProof({ m, leaves, from: 0, to, b: 'known' });
}

type SubProof = {
  readonly m: number;
  readonly leaves: Leaves;
  readonly from: number;
  readonly to: number;
  readonly b: 'known' | 'unknown';
};

/** SUBPROOF(m, D[from:to], b) of 2.1.2, where b tells whether the verifier has the root of the older tree. */
function subProof({ m, leaves, from, to, b }: SubProof): readonly Uint8Array[] {
  if (m === to - from) return b === 'known' ? [] : [naiveRoot(leaves, to, from)];
  const k = largestPowerBelow(to - from);
  return m <= k
    ? [...subProof({ m, leaves, from, to: from + k, b }), naiveRoot(leaves, to, from + k)]
    : [...subProof({ m: m - k, leaves, from: from + k, to, b: 'unknown' }), naiveRoot(leaves, from + k, from)];
}

function largestPowerBelow(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** The hash of leaf n in every test tree. */
export function testLeaf(n: number): Uint8Array {
  return createHash('sha256').update(`\0leaf ${n}`).digest();
}

/** The hashes of the first leaves of a test tree. */
export function testLeaves(size: number): readonly Uint8Array[] {
  return Array.from({ length: size }, (_, n) => testLeaf(n));
}

/** Reads perfect subtrees straight out of the leaves. */
export function leafReader(leaves: Leaves): HashReader {
  const read = ({ level, index }: Node): Uint8Array => {
    const to = (index + 1) * 2 ** level;
    if (to > leaves.length) throw new Error(`there is no node ${index} at level ${level}`);
    return naiveRoot(leaves, to, index * 2 ** level);
  };
  return (nodes) => Promise.resolve(nodes.map(read));
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
