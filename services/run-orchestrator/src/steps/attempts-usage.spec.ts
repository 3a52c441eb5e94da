import { memoryLedger } from '@causeway/eventing';
import { callIdOf } from '../edge.ts';
import { asUsage, leftFor, usedBefore, usedByCalls, withOthers } from './attempts-usage.ts';
import type { Step } from '../runs/domain/run.ts';

const RUN = 'run_00000000000000000000000001';
const step = (attempt: number) => ({ stepId: 's1', attempt }) as Step;

async function ledgerWith(facts: Readonly<Record<string, object>>) {
  const ledger = memoryLedger();
  for (const [stream, data] of Object.entries(facts)) {
    const event = { id: crypto.randomUUID(), type: 'egress.completed', data };
    await ledger.append({ appendId: crypto.randomUUID(), writes: [{ stream, expected: 'none', events: [event] }] });
  }
  return ledger;
}

describe('what attempts used', () => {
  it('is the sum of the facts of all attempts before this one', async () => {
    const ledger = await ledgerWith({
      [callIdOf(RUN, 's1', 1)]: { bytesIn: 20, bytesOut: 10 },
      [callIdOf(RUN, 's1', 3)]: { bytesIn: 5, bytesOut: 0, usage: { inputTokens: 7, outputTokens: 8, costMicros: 9 } },
      [callIdOf(RUN, 's1', 4)]: { bytesIn: 1_000, bytesOut: 1_000 },
      [callIdOf(RUN, 's2', 1)]: { bytesIn: 1_000, bytesOut: 1_000 },
    });
    expect(await usedBefore(ledger, RUN, step(1))).toEqual({});
    expect(await usedBefore(ledger, RUN, step(4))).toEqual({
      ...{ bytesIn: 25, bytesOut: 10, inputTokens: 7, outputTokens: 8, costMicros: 9 },
    });
  });

  it('has what was used for a call besides, whether or not the call itself came so far', async () => {
    const facts = { one: { bytesIn: 5, bytesOut: 1 }, 'one-own': { bytesIn: 20, bytesOut: 10 } };
    const ledger = await ledgerWith({ ...facts, 'two-own': { bytesIn: 300, bytesOut: 200 } });
    const event = { id: crypto.randomUUID(), type: 'egress.completed', data: { bytesIn: 4_000, bytesOut: 3_000 } };
    await ledger.append({
      appendId: crypto.randomUUID(),
      writes: [{ stream: 'two-own', expected: 'any', events: [event] }],
    });
    expect(await usedByCalls(ledger, ['one', 'two'])).toEqual({ bytesIn: 4_325, bytesOut: 3_211 });
  });

  it('has the bytes of a body that was kept', async () => {
    const kept = { bytesIn: 1, bytesOut: 1, bodyResource: 'res_1', responseSizeBytes: 99 };
    const ledger = await ledgerWith({ kept, inline: { bytesIn: 1, bytesOut: 1, responseSizeBytes: 99 } });
    expect(await usedByCalls(ledger, ['kept'])).toEqual({ bytesIn: 1, bytesOut: 1, storedBytes: 99 });
    expect(await usedByCalls(ledger, ['inline'])).toEqual({ bytesIn: 1, bytesOut: 1 });
  });

  it('is nothing where a fact counts nothing, or no whole number', async () => {
    const odd = { bytesIn: -1, bytesOut: 1.5, usage: { inputTokens: '7' } };
    expect(await usedByCalls(await ledgerWith({ odd, empty: {} }), ['odd', 'empty', 'missing'])).toEqual({});
  });

  it('is not guessed while the ledger cannot be read', async () => {
    const ledger = { ...memoryLedger(), readStream: () => Promise.reject(new Error('unreachable')) };
    await expect(usedBefore(ledger, RUN, step(2))).rejects.toThrow('unreachable');
  });
});

describe('the usage of a step', () => {
  it('adds up attempts, and keeps the time of the last', () => {
    const last = { bytesIn: 1, bytesOut: 2, storedBytes: 3, durationMs: 50 };
    expect(withOthers(last, { bytesIn: 10, costMicros: 4 })).toEqual({
      ...{ bytesIn: 11, bytesOut: 2, storedBytes: 3, costMicros: 4, durationMs: 50 },
    });
    expect(withOthers(asUsage({}), {})).toEqual({ bytesIn: 0, bytesOut: 0, durationMs: 0 });
  });
});

describe('what is left of a reservation', () => {
  it('is less by what was used, never below nothing, and of a meter that is used up nothing', () => {
    const reserved = { steps: 1, bytesIn: 100, bytesOut: 10, costMicros: 5 };
    expect(leftFor(reserved, { bytesIn: 30, bytesOut: 20, steps: 1 })).toEqual({
      ...{ steps: 1, bytesIn: 70, bytesOut: 0, costMicros: 5 },
    });
  });
});
