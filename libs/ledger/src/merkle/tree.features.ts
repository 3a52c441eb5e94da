import { createHash } from 'node:crypto';
import type { HashReader, Node } from './proofs.ts';

/** Trees as RFC 6962 2.1 writes them down: recursion over lists of leaf hashes, word by word and slow. What the library is compared with. */

const EMPTY = createHash('sha256').digest();

export function naiveNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  return createHash('sha256').update(Uint8Array.of(1)).update(left).update(right).digest();
}

/** MTH(D[n]) of 2.1, over leaf hashes. */
export function naiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return EMPTY;
  if (leaves.length === 1) return leaves[0]!;
  const k = largestPowerBelow(leaves.length);
  return naiveNode(naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k)));
}

/** PATH(m, D[n]) of 2.1.1. */
export function naivePath(m: number, leaves: readonly Uint8Array[]): readonly Uint8Array[] {
  if (leaves.length === 1) return [];
  const k = largestPowerBelow(leaves.length);
  return m < k
    ? [...naivePath(m, leaves.slice(0, k)), naiveRoot(leaves.slice(k))]
    : [...naivePath(m - k, leaves.slice(k)), naiveRoot(leaves.slice(0, k))];
}

/** PROOF(m, D[n]) of 2.1.2. */
export function naiveProof(m: number, leaves: readonly Uint8Array[]): readonly Uint8Array[] {
  return subProof(m, leaves, 'known');
}

/** SUBPROOF(m, D[n], b) of 2.1.2, where b tells whether the verifier has the root of the older tree. */
function subProof(m: number, leaves: readonly Uint8Array[], b: 'known' | 'unknown'): readonly Uint8Array[] {
  if (m === leaves.length) return b === 'known' ? [] : [naiveRoot(leaves)];
  const k = largestPowerBelow(leaves.length);
  return m <= k
    ? [...subProof(m, leaves.slice(0, k), b), naiveRoot(leaves.slice(k))]
    : [...subProof(m - k, leaves.slice(k), 'unknown'), naiveRoot(leaves.slice(0, k))];
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
export function leafReader(leaves: readonly Uint8Array[]): HashReader {
  const read = ({ level, index }: Node): Uint8Array => {
    const part = leaves.slice(index * 2 ** level, (index + 1) * 2 ** level);
    if (part.length !== 2 ** level) throw new Error(`there is no node ${index} at level ${level}`);
    return naiveRoot(part);
  };
  return (nodes) => Promise.resolve(nodes.map(read));
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
