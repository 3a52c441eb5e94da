import { joined } from './joined.ts';

/** A call whose ends the test decides, in the order they began. */
function controlled() {
  const ends: ((value: string) => void)[] = [];
  const call = joined(() => new Promise<string>((resolve) => ends.push(resolve)));
  return { call, ends };
}

describe('joined calls', () => {
  it('gives all who ask while one runs the answer of one further call', async () => {
    const { call, ends } = controlled();
    const [first, second, third] = [call(), call(), call()];
    expect(ends.length).toBe(1);
    ends[0]!('one');
    expect(await first).toBe('one');
    while (ends.length < 2) await Promise.resolve();
    ends[1]!('two');
    expect([await second, await third, ends.length]).toEqual(['two', 'two', 2]);
  });

  it('starts anew once nothing runs, after a failure too', async () => {
    let attempts = 0;
    const call = joined(async () => {
      attempts++;
      if (attempts === 1) throw new Error('no');
      return attempts;
    });
    await expect(call()).rejects.toThrow('no');
    expect(await call()).toBe(2);
    expect(await call()).toBe(3);
  });
});
