import { streamPool, type Place } from './streams.ts';

describe('a pool of streams', () => {
  const pool = (count: number) => {
    let made = 0;
    return streamPool(count, () => `s${made++}`);
  };

  it('takes the streams in turn and follows their versions', async () => {
    const { next } = pool(2);
    const seen: Place[] = [];
    for (const added of [1, 10, 1, 1]) {
      await next(({ stream, version }) => {
        seen.push({ stream, version });
        return Promise.resolve(added);
      });
    }
    expect(seen).toEqual([
      { stream: 's0', version: 0 },
      { stream: 's1', version: 0 },
      { stream: 's0', version: 1 },
      { stream: 's1', version: 10 },
    ]);
  });

  it('passes over a stream that has an append on its way', async () => {
    const { next } = pool(2);
    let finish = (_added: number): void => {};
    const slow = next(() => new Promise((resolve) => (finish = resolve)));
    const seen: string[] = [];
    for (let n = 0; n < 2; n++) {
      await next(({ stream }) => {
        seen.push(stream);
        return Promise.resolve(1);
      });
    }
    expect(seen).toEqual(['s1', 's1']);
    finish(1);
    await slow;
  });

  it('refuses when all of them are taken', async () => {
    const { next } = pool(1);
    void next(() => new Promise(() => {}));
    await expect(next(() => Promise.resolve(1))).rejects.toThrow('take more streams');
  });
});
