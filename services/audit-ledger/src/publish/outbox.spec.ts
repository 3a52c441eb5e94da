import type { PreparedAppend } from '../append/prepare.ts';
import type { SealedBatch, SealedEvent } from '../append/seal.ts';
import { outbox } from './outbox.ts';

const chain = new Uint8Array(32);
const batch = (from: number, to: number, sizeBytes = 100): SealedBatch => ({
  appends: [{ sizeBytes } as unknown as PreparedAppend],
  events: Array.from({ length: to - from }, (_, index) => ({ position: from + index }) as unknown as SealedEvent),
  from: { nextPosition: from, chain },
  to: { nextPosition: to, chain },
});
const positions = (events: readonly SealedEvent[]) => events.map(({ position }) => position);

describe('the outbox', () => {
  it('gives what was added, from any position on, at most as many as asked for', () => {
    const box = outbox();
    box.reset(3);
    box.add(batch(3, 6));
    box.add(batch(6, 9));
    expect(positions(box.from(3, 4))).toEqual([3, 4, 5, 6]);
    expect(positions(box.from(5, 10))).toEqual([5, 6, 7, 8]);
    expect(box.end()).toBe(9);
  });

  it('has nothing for a position it never held or has passed', () => {
    const box = outbox();
    box.reset(3);
    expect(box.from(0, 10)).toEqual([]);
    box.add(batch(3, 6));
    expect(box.from(0, 10)).toEqual([]);
    box.from(6, 10);
    expect(box.from(3, 10)).toEqual([]);
  });

  it('drops the oldest rather than hold more than 64 MiB', () => {
    const box = outbox();
    const half = 33 * 1024 * 1024;
    box.add(batch(0, 2, half));
    box.add(batch(2, 4, half));
    expect(box.from(0, 10)).toEqual([]);
    expect(positions(box.from(2, 10))).toEqual([2, 3]);
    expect(box.end()).toBe(4);
  });
});
