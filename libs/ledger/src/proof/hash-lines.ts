import { HASH_BYTES } from '../chain.ts';
import { decodeBase64, encodeBase64 } from '../encoding.ts';
import { ProofError } from './proof-error.ts';

/** Most hashes of a proof: a tree of 2^63 leaves is not deeper (C2SP tlog-witness). */
export const MAX_PROOF_HASHES = 63;

/** One line of base64 per hash. Throws ProofError for a hash that does not have 32 bytes, or more than 63 of them. */
export function formatHashLines(hashes: readonly Uint8Array[]): string {
  if (hashes.length > MAX_PROOF_HASHES) throw new ProofError(`a proof has at most ${MAX_PROOF_HASHES} hashes`);
  if (hashes.some(({ length }) => length !== HASH_BYTES)) throw new ProofError(`a hash has ${HASH_BYTES} bytes`);
  return hashes.map((hash) => `${encodeBase64(hash)}\n`).join('');
}

/** Reads {@link formatHashLines}, given its lines without newlines. Throws ProofError. */
export function parseHashLines(lines: readonly string[]): readonly Uint8Array[] {
  if (lines.length > MAX_PROOF_HASHES) throw new ProofError(`a proof has at most ${MAX_PROOF_HASHES} hashes`);
  return lines.map((line) => {
    const hash = decodeBase64(line);
    if (hash?.length !== HASH_BYTES) throw new ProofError(`a line of the proof is not base64 of ${HASH_BYTES} bytes`);
    return hash;
  });
}

/** Parts a text at its first empty line: the lines before it, and all that follows. Throws ProofError when there is no empty line. */
export function splitAtBlank(text: string): { readonly lines: readonly string[]; readonly rest: string } {
  const blank = text.indexOf('\n\n');
  if (blank < 0) throw new ProofError('no empty line comes before the checkpoint');
  return { lines: text.slice(0, blank).split('\n'), rest: text.slice(blank + 2) };
}
