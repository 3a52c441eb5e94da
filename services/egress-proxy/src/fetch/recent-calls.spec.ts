import { recentCalls } from './recent-calls.ts';

describe('recent calls', () => {
  it('join a call that is being made, and remember its answer', async () => {
    const calls = recentCalls<number>(() => true);
    let made = 0;
    const begin = async () => ++made;
    expect(await Promise.all([calls.join('a', 'x', begin), calls.join('a', 'x', begin)])).toEqual([1, 1]);
    expect(await calls.join('a', 'x', begin)).toBe(1);
  });
  it('know another call by its content', () => {
    const calls = recentCalls<number>(() => true);
    void calls.join('a', 'x', async () => 1);
    expect(calls.join('a', 'y', async () => 2)).toBeUndefined();
  });
  it('forget answers that are not final, failures, and the oldest', async () => {
    const calls = recentCalls<number>((answer) => answer > 0, 2);
    expect(await calls.join('a', 'x', async () => 0)).toBe(0);
    expect(await calls.join('a', 'x', async () => 1)).toBe(1);
    await expect(calls.join('b', 'x', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await calls.join('b', 'x', async () => 2)).toBe(2);
    expect(await calls.join('c', 'x', async () => 3)).toBe(3);
    expect(await calls.join('a', 'x', async () => 4)).toBe(4);
  });
});
