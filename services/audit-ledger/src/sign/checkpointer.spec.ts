import type { Log } from '@causeway/messaging';
import { createCheckpointer, type CheckpointerOptions } from './checkpointer.ts';
import { SigningRefused } from './signer.ts';

function checkpointing(options: Partial<CheckpointerOptions> = {}) {
  const signed: number[] = [];
  const warnings: string[] = [];
  let prepared = 0;
  let refused = 0;
  const log: Log = { info: () => {}, error: () => {}, warn: (_facts, text) => void warnings.push(text) };
  const checkpointer = createCheckpointer({
    ...{ log, everyMs: 5, everyEvents: 100, restMs: 1 },
    sign: async (size) => void signed.push(size),
    prepare: async () => void prepared++,
    onRefused: () => void refused++,
    ...options,
  });
  opened.push(checkpointer);
  return { checkpointer, signed, warnings, prepared: () => prepared, refused: () => refused };
}
const opened: { stop: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const checkpointer of opened.splice(0)) await checkpointer.stop();
});
const soon = async (holds: () => boolean) => {
  for (let turn = 0; turn < 2_000 && !holds(); turn++) await new Promise((resolve) => setTimeout(resolve, 1));
  expect(holds()).toBe(true);
};
const NEVER = 3_600_000;

describe('checkpoints', () => {
  it('are signed at the beginning of a term, and in time once the log has grown', async () => {
    const { checkpointer, signed, prepared } = checkpointing();
    await checkpointer.begin(3);
    expect([signed, prepared()]).toEqual([[3], 1]);
    checkpointer.committed(4);
    await soon(() => signed.length === 2);
    expect(signed).toEqual([3, 4]);
  });

  it('are not signed twice over the same log, nor over an empty one', async () => {
    const { checkpointer, signed } = checkpointing();
    await checkpointer.begin(0);
    expect(await checkpointer.demand(1)).toBe(false);
    checkpointer.committed(2);
    expect(await checkpointer.demand(2)).toBe(true);
    expect(await checkpointer.demand(1)).toBe(true);
    await checkpointer.begin(2);
    expect(signed).toEqual([2, 2]);
  });

  it('come sooner for many events', async () => {
    const { checkpointer, signed } = checkpointing({ everyMs: NEVER });
    await checkpointer.begin(1);
    checkpointer.committed(100);
    checkpointer.committed(101);
    await soon(() => signed.length === 2);
    expect(signed).toEqual([1, 101]);
  });

  it('come at once when asked for, one for all who ask meanwhile', async () => {
    const { checkpointer, signed } = checkpointing({ everyMs: NEVER });
    await checkpointer.begin(1);
    checkpointer.committed(5);
    expect(await Promise.all([1, 2, 3, 4, 5].map((size) => checkpointer.demand(size)))).toEqual(Array(5).fill(true));
    expect(signed).toEqual([1, 5]);
    expect(await checkpointer.demand(6)).toBe(false);
  });

  it('wait until what has to come first has succeeded, and are tried again after a failure', async () => {
    let failures = 2;
    const { checkpointer, signed, warnings } = checkpointing({
      prepare: async () => {
        if (failures-- > 0) throw new Error('not yet');
      },
    });
    await checkpointer.begin(1);
    expect([signed, warnings.length]).toEqual([[], 1]);
    await soon(() => signed.length === 1);
    expect([signed, warnings.length]).toEqual([[1], 1]);
  });

  it('end with the term', async () => {
    const { checkpointer, signed } = checkpointing();
    await checkpointer.begin(1);
    checkpointer.pause();
    checkpointer.committed(500);
    expect(await checkpointer.demand(500)).toBe(false);
    expect([signed, checkpointer.isActive()]).toEqual([[1], false]);
  });

  it('tell of a signer that refuses, but not of one that was only outrun', async () => {
    const codes = ['OUTRUN', 'FORKED'] as const;
    let attempts = 0;
    const { checkpointer, refused } = checkpointing({
      sign: async () => {
        throw new SigningRefused(codes[Math.min(attempts++, 1)]!, 'no');
      },
    });
    await checkpointer.begin(1);
    expect(refused()).toBe(0);
    await soon(() => refused() > 0);
    expect(attempts).toBeGreaterThanOrEqual(2);
  });
});
