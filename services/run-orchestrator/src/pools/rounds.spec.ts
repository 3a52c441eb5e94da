import { inRounds } from './rounds.ts';

describe('work in rounds', () => {
  it('is done once for everybody who asked while it was being done, after they asked', async () => {
    const doors: (() => void)[] = [];
    let rounds = 0;
    const ask = inRounds(
      () =>
        new Promise<number>((resolve) => {
          const round = ++rounds;
          doors.push(() => resolve(round));
        }),
    );
    const first = ask();
    const [second, third] = [ask(), ask()];
    expect(rounds).toBe(1);
    doors[0]!();
    expect(await first).toBe(1);
    await Promise.resolve();
    doors[1]!();
    expect(await Promise.all([second, third])).toEqual([2, 2]);
    expect(rounds).toBe(2);
  });

  it('goes on after a round that failed', async () => {
    let rounds = 0;
    const ask = inRounds(() => (++rounds === 1 ? Promise.reject(new Error('no')) : Promise.resolve(rounds)));
    const first = ask();
    const second = ask();
    await expect(first).rejects.toThrow('no');
    expect(await second).toBe(2);
  });
});
