import { createECDH, createPrivateKey, hkdfSync, type KeyObject } from 'node:crypto';

/** Order of the group of P-256 (SEC 2, section 2.4.2). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
/** FIPS 186-5 appendix A.2.1: 64 bits more than the order has, so that no key is likelier than another. */
const DERIVED_BYTES = 48;
const PURPOSE = 'causeway: authority of one run, P-256, 1';

/**
 * The private key of a run's authority: the same for the same master key (at least 32 bytes) and run, and telling nothing of either or of another
 * run's. HKDF with SHA-256 (RFC 5869), the run's id being the salt; then extra random bits as in FIPS 186-5 appendix A.2.1.
 */
export function runKey(master: Uint8Array, runId: string): KeyObject {
  const bytes = Buffer.from(hkdfSync('sha256', master, runId, PURPOSE, DERIVED_BYTES));
  const secret = (BigInt(`0x${bytes.toString('hex')}`) % (ORDER - 1n)) + 1n;
  bytes.fill(0);
  const d = Buffer.from(secret.toString(16).padStart(64, '0'), 'hex');
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(d);
  const point = curve.getPublicKey();
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url'));
  return createPrivateKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', d: d.toString('base64url'), x, y } });
}
