import { hash } from 'node:crypto';

/** Bytes of a SHA-256 digest. */
export const HASH_BYTES = 32;

const LEAF_PREFIX = Uint8Array.of(0);
const CHAIN_PREFIX = new TextEncoder().encode('ledger.chain.v1\n');
const GENESIS_PREFIX = 'ledger.genesis.v1\n';

/** Where parts are joined: a hash of joined bytes is faster than feeding it piece by piece, and a buffer for each would have to be collected. */
let scratch = Buffer.allocUnsafe(70_000);

function room(length: number): Buffer {
  if (length > scratch.length) scratch = Buffer.allocUnsafe(2 * length);
  return scratch;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const bytes = room(length);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes.subarray(0, length);
}

/** SHA-256 over these parts in a row. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return digest(joined(parts));
}

/** SHA-256 of some bytes. */
export function digest(bytes: Uint8Array): Uint8Array {
  // A digest that comes as text and is copied takes half the time of one that comes as a buffer.
  return Buffer.from(hash('sha256', bytes, 'binary'), 'binary');
}

/** The hash of a leaf: SHA-256(0x00 || leaf), as RFC 6962 2.1 separates leaves from nodes. */
export function leafHash(leaf: Uint8Array): Uint8Array {
  return digest(joined([LEAF_PREFIX, leaf]));
}

/** {@link leafHash} in hexadecimal. Where hashes by the thousand are only written down, text is cheaper to keep than bytes. */
export function leafHashHex(leaf: Uint8Array): string {
  return hash('sha256', joined([LEAF_PREFIX, leaf]), 'hex');
}

/** The chain value after a leaf: SHA-256("ledger.chain.v1\n" || chain before it || hash of the leaf). */
export function chainHash(previous: Uint8Array, hashOfLeaf: Uint8Array): Uint8Array {
  return digest(joined([CHAIN_PREFIX, previous, hashOfLeaf]));
}

/** {@link chainHash} of hexadecimal, in hexadecimal. */
export function chainHashHex(previous: string, hashOfLeaf: string): string {
  const length = CHAIN_PREFIX.length + 2 * HASH_BYTES;
  const bytes = room(length);
  bytes.set(CHAIN_PREFIX);
  bytes.write(previous, CHAIN_PREFIX.length, 'hex');
  bytes.write(hashOfLeaf, CHAIN_PREFIX.length + HASH_BYTES, 'hex');
  return hash('sha256', bytes.subarray(0, length), 'hex');
}

/** The chain value before position 0: SHA-256("ledger.genesis.v1\n" || origin). `origin` names the log. */
export function genesis(origin: string): Uint8Array {
  return hash('sha256', GENESIS_PREFIX + origin, 'buffer');
}

/** Lower-case hexadecimal digits of some bytes. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** Whether two byte strings are the same. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
