import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { migrate } from '@causeway/postgres';
import { spentBuffers } from '@causeway/service-kit';
import { testInfrastructure, type TestInfrastructure } from '@causeway/testing';
import { sha256Hex } from '../resources/digest.ts';
import { bodyPage, between } from './body-page.ts';
import { postgresBodies, type BodyStore } from './body-store.ts';

const MIGRATIONS = join(import.meta.dirname, '..', '..', 'migrations');

let infrastructure: TestInfrastructure;
let bodies: BodyStore;
beforeAll(async () => {
  infrastructure = await testInfrastructure();
  const pool = (await infrastructure.database()).pool('resource_store');
  await migrate(pool, MIGRATIONS, 'resource_store');
  bodies = postgresBodies(pool, spentBuffers(undefined));
});
afterAll(() => infrastructure.stop());

/** A body in these pieces, of an upload that has one piece more, which is no part of it. */
async function bodyOf(pieces: readonly Buffer[]): Promise<{ readonly uploadId: string; readonly sha256: string }> {
  const uploadId = randomUUID();
  for (const [number, bytes] of pieces.entries())
    await bodies.put({ uploadId, number, sha256: sha256Hex(bytes), bytes });
  const besides = Buffer.from('besides');
  await bodies.put({ uploadId, number: pieces.length, sha256: sha256Hex(besides), bytes: besides });
  const whole = Buffer.concat(pieces);
  const sha256 = sha256Hex(whole);
  expect(await bodies.seal({ uploadId, chunks: pieces.length, sizeBytes: whole.length, sha256 })).toEqual({});
  return { uploadId, sha256 };
}

/** Cut so that a character begins in one piece and goes on through the next, in which none begins. */
const TEXT = Buffer.from('aß🙂語bc🙂d');
const CUTS = [0, 2, 4, 5, 8, 11, 14, 15, TEXT.length];
const PIECES = CUTS.slice(1).map((to, index) => TEXT.subarray(CUTS[index], to));
const LENGTHS = [0, 1, 2, 3, 5, 8, 40];

describe('any range of a body in pieces of all sizes', () => {
  it('is given by bytes', async () => {
    const { uploadId } = await bodyOf(PIECES);
    for (let offset = 0; offset <= TEXT.length + 1; offset++)
      for (const limit of LENGTHS) {
        const wanted = TEXT.subarray(offset, offset + limit).toString('hex');
        expect([offset, limit, (await between(bodies, uploadId, { offset, limit })).toString('hex')]).toEqual([
          ...[offset, limit, wanted],
        ]);
      }
  });

  it('is given by characters', async () => {
    const { sha256 } = await bodyOf(PIECES);
    const characters = [...TEXT.toString()];
    for (let offset = 0; offset <= characters.length + 1; offset++)
      for (const limit of LENGTHS.filter((length) => length > 0)) {
        const page = await bodyPage(bodies, sha256, { offset, limit });
        const more = offset + limit < characters.length ? { next: offset + limit } : {};
        expect(page).toEqual({ text: characters.slice(offset, offset + limit).join(''), ...more });
      }
  });

  it('reads no piece besides: one that holds it, and of characters the one after', async () => {
    const { uploadId } = await bodyOf(PIECES);
    const count = async (by: 'byte' | 'character', offset: number, limit: number) =>
      (await bodies.pieces(uploadId, { by, offset, limit })).length;
    expect([await count('byte', 5, 3), await count('byte', 4, 2), await count('character', 0, 1)]).toEqual([1, 2, 2]);
  });
});
