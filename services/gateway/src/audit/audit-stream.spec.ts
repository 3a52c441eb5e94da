import type { RecordedEvent } from '@causeway/contracts';
import type { AuditSource } from './audit-source.ts';
import { auditStream } from './audit-stream.ts';

const event = (position: number): RecordedEvent => ({
  ...{ position, id: `e${position}`, stream: 's', version: position + 1, type: 'run.resumed', schema: 1, time: 't' },
  ...{ actor: { kind: 'system', id: 'x' }, scope: 's', data: { text: 'one\ntwo' }, chain: 'c', previousChain: 'p' },
});

/** A log of `length` events that is told in stretches of three, and what was asked of it. */
function source(length: number) {
  const reads: number[] = [];
  let held = 0;
  const of: AuditSource = {
    hold: () => {
      held++;
      return () => void held--;
    },
    next: async (from) => {
      reads.push(from);
      const to = Math.min(from + 3, length);
      return { events: Array.from({ length: Math.max(0, to - from) }, (_, i) => event(from + i)), to };
    },
    news: async (position) => position < length,
  };
  return { of, reads, held: () => held };
}
const stream = (of: AuditSource, over: Partial<Parameters<typeof auditStream>[0]> = {}) =>
  auditStream({
    ...{ source: of, from: 0, scope: undefined, origin: 'o', heartbeatMs: 1, mayGoOn: () => true },
    signal: new AbortController().signal,
    ...over,
  });

async function take(pieces: AsyncGenerator<string, void>, count: number): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < count) {
    const { done, value } = await pieces.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}
const idsIn = (pieces: readonly string[]) => pieces.flatMap((piece) => /^id: (\d+)/.exec(piece)?.[1] ?? []).map(Number);

describe('the audit stream', () => {
  it('sends every position once and in order, then a heartbeat', async () => {
    const pieces = await take(stream(source(7).of), 9);
    expect(idsIn(pieces)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(pieces[0]).toMatch(/^retry: \d+\n: .*\n\n$/);
    expect(pieces[8]).toMatch(/^: .*\n\n$/);
  });

  it('has news sent here from its first piece to its end, and no longer', async () => {
    const { of, held } = source(2);
    const pieces = stream(of);
    expect(held()).toBe(0);
    await pieces.next();
    expect(held()).toBe(1);
    await pieces.return();
    expect(held()).toBe(0);
  });

  it('keeps each event on one line of data, whatever its text', async () => {
    const [, piece] = await take(stream(source(1).of), 2);
    expect(piece!.split('\n')).toEqual([
      'id: 0',
      'event: run.resumed',
      expect.stringMatching(/^data: \{.*\}$/),
      '',
      '',
    ]);
  });

  it('reads no further than one stretch while nobody takes what it has', async () => {
    const { of, reads } = source(1_000_000);
    const pieces = stream(of);
    await take(pieces, 3);
    expect(reads).toEqual([0]);
    await take(pieces, 3);
    expect(reads).toEqual([0, 3]);
  });

  it('never goes back, even when it was asked to start beyond the end', async () => {
    const { of, reads } = source(5);
    await take(stream(of, { from: 9 }), 3);
    expect(reads).toEqual([9, 9]);
  });

  it('ends when it is told to', async () => {
    const stop = new AbortController();
    const pieces = stream(source(7).of, { signal: stop.signal });
    await take(pieces, 2);
    stop.abort();
    expect(await take(pieces, 5)).toEqual([]);
  });

  it('ends before the next event once the caller may no longer look', async () => {
    let allowed = true;
    const pieces = stream(source(7).of, { mayGoOn: () => allowed });
    expect(idsIn(await take(pieces, 2))).toEqual([0]);
    allowed = false;
    expect(await take(pieces, 5)).toEqual([]);
  });
});
