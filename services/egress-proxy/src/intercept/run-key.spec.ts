import { createPublicKey } from 'node:crypto';
import { runKey } from './run-key.ts';

const MASTER = Buffer.from(Array.from({ length: 32 }, (_, n) => n));
const RUN = 'run_00000000000000000000000001';

/** The point, as SEC 1 writes it. */
const pointOf = (master: Uint8Array, runId: string): string =>
  createPublicKey(runKey(master, runId)).export({ type: 'spki', format: 'der' }).subarray(-65).toString('hex');

describe("the key of a run's authority", () => {
  it('is the one that RFC 5869 and FIPS 186-5 give, so that every version of a replica has the same', () => {
    expect(pointOf(MASTER, RUN)).toBe(
      '04e1b42b9d250e0977e18533ee259b90937eede8437bdcf95d750a05cc084e3f3e72db22441cf5bc5685aada9f83fe956f13c9337c1c4c99be4ebb43c955ac621d',
    );
  });

  it('is another one for another run, and for another master key', () => {
    const points = [pointOf(MASTER, RUN), pointOf(MASTER, `${RUN.slice(0, -1)}2`), pointOf(Buffer.alloc(32, 1), RUN)];
    expect(new Set(points).size).toBe(3);
  });
});
