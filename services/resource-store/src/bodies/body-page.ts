import type { BodyStore } from './body-store.ts';
import { charactersOf } from './domain/characters.ts';

export type BodyPage = { readonly text: string; readonly encoding?: 'base64'; readonly next?: number };
type Wanted = { readonly offset: number; readonly limit: number };

/**
 * A page of a large body: of text by characters, as of any resource, of anything else by bytes and as base64. Undefined when there is no large
 * body of this digest.
 */
export async function bodyPage(bodies: BodyStore, sha256: string, wanted: Wanted): Promise<BodyPage | undefined> {
  const body = await bodies.find(sha256);
  if (!body) return undefined;
  const { offset, limit } = wanted;
  if (!body.isText) {
    const bytes = await between(bodies, body.uploadId, wanted);
    const next = offset + bytes.length;
    return { text: bytes.toString('base64'), encoding: 'base64', ...(next < body.sizeBytes ? { next } : {}) };
  }
  // One character more than the page holds says whether another page follows.
  const pieces = await bodies.pieces(body.uploadId, { by: 'character', offset, limit: limit + 1 });
  const skip = offset - (pieces[0]?.fromCharacter ?? offset);
  const found = [...charactersOf(Buffer.concat(pieces.map(({ bytes }) => bytes)), { skip, limit: limit + 1 })];
  return { text: found.slice(0, limit).join(''), ...(found.length > limit ? { next: offset + limit } : {}) };
}

/** The bytes of a large body from `offset` on, at most `limit` of them. */
export async function between(bodies: BodyStore, uploadId: string, { offset, limit }: Wanted): Promise<Buffer> {
  const pieces = await bodies.pieces(uploadId, { by: 'byte', offset, limit });
  const skipped = offset - (pieces[0]?.fromByte ?? offset);
  return Buffer.concat(pieces.map(({ bytes }) => bytes)).subarray(skipped, skipped + limit);
}
