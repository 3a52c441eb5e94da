import { createHash, hash } from 'node:crypto';
import { formatId, type IdKind } from '@causeway/contracts';
import type { Principal } from '../identity/principal.ts';

const sha256 = (...parts: readonly string[]): Buffer => createHash('sha256').update(JSON.stringify(parts)).digest();

/** The id that an idempotency key stands for: the same for the same principal, kind and key; another principal's key is another id. */
export const idOfKey = (kind: IdKind, principal: Principal, key: string): string =>
  formatId(kind, sha256('id', kind, principal.actor.kind, principal.actor.id, key).subarray(0, 16));

/** The UUID (version 8, RFC 9562 5.8) that an idempotency key stands for: the same for the same principal, purpose and key. */
export function uuidOfKey(purpose: string, principal: Principal, key: string): string {
  const bytes = sha256('uuid', purpose, principal.actor.kind, principal.actor.id, key).subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** The step that an idempotency key stands for within a run. */
export const stepIdOfKey = (runId: string, key: string): string =>
  `k-${sha256('step', runId, key).toString('hex').slice(0, 32)}`;

/**
 * A new id that sorts by age: 48 bits of milliseconds since 1970, then `random`.
 * @param random 10 random bytes (80 bits); RangeError otherwise
 */
export function newId(kind: IdKind, nowMs: number, random: Uint8Array): string {
  const bytes = new Uint8Array(6 + random.length);
  new DataView(bytes.buffer).setUint16(0, Math.floor(nowMs / 2 ** 32));
  new DataView(bytes.buffer).setUint32(2, nowMs % 2 ** 32);
  bytes.set(random, 6);
  return formatId(kind, bytes);
}

/** A session token from 32 random bytes (256 bits). */
export const sessionToken = (random: Uint8Array): string => `cwa_${Buffer.from(random).toString('base64url')}`;

export const sha256Hex = (text: string): string => hash('sha256', text, 'hex');
