import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';

/** Bytes of an Ed25519 seed, and of a public key (RFC 8032 5.1.5). */
export const KEY_BYTES = 32;
/** Bytes of an Ed25519 signature (RFC 8032 5.1.6). */
export const SIGNATURE_BYTES = 64;

// What stands before the 32 bytes of a key in PKCS #8 and SubjectPublicKeyInfo (RFC 8410 4 and 7).
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

const privateKeyOf = (seed: Uint8Array) =>
  createPrivateKey({ key: Buffer.concat([PRIVATE_PREFIX, seed]), format: 'der', type: 'pkcs8' });

/** The public key of a seed (RFC 8032 5.1.5). */
export function publicKeyOf(seed: Uint8Array): Uint8Array {
  const spki = createPublicKey(privateKeyOf(seed)).export({ format: 'der', type: 'spki' });
  return spki.subarray(PUBLIC_PREFIX.length);
}

/** The Ed25519 signature of a message (RFC 8032 5.1.6): the same bytes every time. */
export function signEd25519(message: Uint8Array, seed: Uint8Array): Uint8Array {
  return sign(null, message, privateKeyOf(seed));
}

/** Whether this is the signature of that message (RFC 8032 5.1.7). False for a key or signature of a wrong length; never throws. */
export function verifyEd25519(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  if (publicKey.length !== KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false;
  const key = createPublicKey({ key: Buffer.concat([PUBLIC_PREFIX, publicKey]), format: 'der', type: 'spki' });
  return verify(null, message, key, signature);
}
