import { hash } from 'node:crypto';

/** The UUID (RFC 9562, version 8) that these words stand for: the same words again are the same id. */
export function derivedId(...words: readonly string[]): string {
  const bytes = hash('sha256', JSON.stringify(words), 'buffer').subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
