import { SIGNATURE_BYTES, signEd25519, verifyEd25519 } from './ed25519.ts';
import { isCount } from '../encoding.ts';
import type { SigningKey, VerifierKey } from './keys.ts';
import { NoteError } from './note-error.ts';
import type { Signature } from './note.ts';

const TIMESTAMP_BYTES = 8;

/**
 * A witness's signature of a checkpoint (C2SP tlog-cosignature, Ed25519): that at this time it was the largest tree of the log that the witness saw,
 * and consistent with all that it saw before. Throws NoteError KEY_MALFORMED for a key that is not of `cosignature-v1`.
 * @param checkpointText the text of the note, with its last newline and without signatures
 * @param timestampS seconds since 1970, an integer from 0; RangeError otherwise
 */
export function cosign(checkpointText: string, key: SigningKey, timestampS: number): Signature {
  if (key.algorithm !== 'cosignature-v1')
    throw new NoteError('KEY_MALFORMED', `the key ${key.name} signs for a log, and cannot be a witness, too`);
  if (!isCount(timestampS)) throw new RangeError(`a time is a whole number of seconds from 1970, not ${timestampS}`);
  const bytes = new Uint8Array(TIMESTAMP_BYTES + SIGNATURE_BYTES);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(timestampS));
  bytes.set(signEd25519(signedMessage(checkpointText, timestampS), key.seed), TIMESTAMP_BYTES);
  return { name: key.name, keyId: key.keyId, bytes };
}

/** When a witness cosigned, in seconds since 1970; undefined when name, id, algorithm or signature do not fit, or the time is above 2^53-1. */
export function cosignedAt(checkpointText: string, signature: Signature, key: VerifierKey): number | undefined {
  const { name, keyId, bytes } = signature;
  if (key.algorithm !== 'cosignature-v1' || name !== key.name || keyId !== key.keyId) return undefined;
  if (bytes.length !== TIMESTAMP_BYTES + SIGNATURE_BYTES) return undefined;
  const timestampS = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0));
  if (!isCount(timestampS)) return undefined;
  const message = signedMessage(checkpointText, timestampS);
  return verifyEd25519(message, bytes.subarray(TIMESTAMP_BYTES), key.publicKey) ? timestampS : undefined;
}

function signedMessage(checkpointText: string, timestampS: number): Uint8Array {
  return new TextEncoder().encode(`cosignature/v1\ntime ${timestampS}\n${checkpointText}`);
}
