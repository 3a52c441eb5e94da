import type { PreparedAppend, PreparedEvent } from './prepare.ts';
import { waitingLine, type Waiting } from './waiting.ts';

const bounds = { maxWaitingEvents: 10, maxWaitingBytes: 1_000, maxBatchEvents: 4, maxBatchBytes: 100 };
const waiting = (appendId: string, events = 1, sizeBytes = 10): Waiting => ({
  request: { appendId, events: Array<PreparedEvent>(events), sizeBytes } as unknown as PreparedAppend,
  answer: () => {},
  mayBeStored: false,
});
const names = (taken: readonly Waiting[]) => taken.map(({ request }) => request.appendId).join('');
const lineOf = (...entries: Waiting[]) => {
  const line = waitingLine(bounds);
  for (const entry of entries) line.add(entry);
  return line;
};

describe('the waiting line', () => {
  it('is taken from the front, as many events as a batch holds', () => {
    const line = lineOf(waiting('a', 2), waiting('b', 2), waiting('c', 1));
    expect(names(line.take())).toBe('ab');
    expect(names(line.take())).toBe('c');
    expect(line.take()).toEqual([]);
  });

  it('is taken as many bytes as a batch holds', () => {
    expect(names(lineOf(waiting('a', 1, 60), waiting('b', 1, 40), waiting('c', 1, 1)).take())).toBe('ab');
  });

  it('lets one through that is larger than a batch', () => {
    expect(names(lineOf(waiting('a', 9, 500), waiting('b')).take())).toBe('a');
  });

  it('refuses more when it is full, by events or by bytes, and takes again when it is not', () => {
    const line = lineOf(waiting('a', 10));
    expect(line.add(waiting('b'))).toBe(false);
    line.take();
    expect(line.add(waiting('b', 1, 1_000))).toBe(true);
    expect(line.add(waiting('c'))).toBe(false);
    expect([line.count(), line.events()]).toEqual([1, 1]);
  });

  it('takes back in front what was taken', () => {
    const line = lineOf(waiting('a', 3), waiting('b', 3));
    line.putBack(line.take());
    expect([line.count(), line.events()]).toEqual([2, 6]);
    expect(names(line.takeAll())).toBe('ab');
  });
});
