import { memoryLedger, type Recorded } from '@causeway/eventing';
import { heedingErasures } from './heeding-erasures.ts';

const claimed = (id: string) => ({ id, type: 'run.claimed', data: { claimedBy: 'a', note: 'hello', at: 't' } });
const erasure = (target: object, before: number): Recorded => ({
  ...{ type: 'data.erased', position: 9, id: 'e', stream: 'erasures', version: 1, time: 't', scope: 'erasures' },
  actor: { kind: 'operator', id: 'ann' },
  data: { target, before, erased: 1, reason: 'r', requestedBy: 'ann', at: '2026-01-01T00:00:00.000Z' },
});

async function told() {
  const inner = memoryLedger();
  for (const stream of ['run_a', 'run_b'])
    await inner.append({ appendId: stream, writes: [{ stream, expected: 'none', events: [claimed(stream)] }] });
  const ledger = heedingErasures(inner);
  const notes = (events: readonly Recorded[]) => events.map(({ data }) => (data as { note: string }).note);
  return {
    hear: ledger.hear,
    all: async () => notes((await ledger.readAll({ fromPosition: 0, limit: 10 })).events),
    stream: async (name: string) => notes(await ledger.readStream(name, 1)),
  };
}

describe('a ledger that is read by somebody who heard of an erasure', () => {
  it('tells what the erasure reaches as erased, whether or not it is by now', async () => {
    const { hear, all, stream } = await told();
    expect(hear([erasure({ scope: 'run_a' }, 2)])).toBe(true);
    expect(await all()).toEqual(['[erased]', 'hello']);
    expect([await stream('run_a'), await stream('run_b')]).toEqual([['[erased]'], ['hello']]);
  });

  it('tells all as it is when no erasure was heard of', async () => {
    const { hear, all } = await told();
    expect(hear([{ ...erasure({}, 2), type: 'run.resumed' }])).toBe(false);
    expect(await all()).toEqual(['hello', 'hello']);
  });
});
