import { medianTime, perEvent, processorTimeOf, processOf, totalOf } from './processor-time.ts';

describe('processor time', () => {
  it('is read from what Linux tells of a process, whatever its name is', () => {
    const fields = '100 200 0 -1 4194304 1 2 3 4 150 50 7 3 20 0 1 0 12345';
    expect(processOf(`42 (a (b) c) S 7 ${fields}`)).toEqual({
      ...{ pid: 42, parent: 7, program: 'a (b) c' },
      ...{ seconds: 2, endedChildrenSeconds: 0.1 },
    });
  });

  it('is shared out between events', () => {
    const before = { ledger: 1, postgres: 2, nats: 3, load: 4 };
    const after = { ledger: 2, postgres: 2.5, nats: 3, load: 4.25 };
    const each = perEvent(before, after, 10_000);
    expect(each).toEqual({ ledger: 100, postgres: 50, nats: 0, load: 25 });
    expect(totalOf(each)).toBe(175);
  });

  it('is the median of each part, taken by itself', () => {
    const times = [
      { ledger: 1, nats: 9 },
      { ledger: 3, nats: 7 },
      { ledger: 2, nats: 8 },
    ];
    expect(medianTime(times)).toEqual({ ledger: 2, nats: 8 });
  });

  it('is not told when a process is gone', () => {
    expect(processorTimeOf({ gone: [2 ** 22 + 1] })).toBeUndefined();
  });
});
