import { figuresOf, measure, medianOf, quantile } from './load.ts';

describe('measuring', () => {
  it('keeps exactly so many operations in flight and counts those that ended', async () => {
    let now = 0;
    let most = 0;
    const figures = await measure({ inFlight: 7, durationMs: 60_000, warmUpMs: 0, most: 21 }, async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 1));
      now--;
    });
    expect(most).toBe(7);
    expect(figures.count).toBe(21);
    expect(figures.p99Ms).toBeGreaterThanOrEqual(figures.p50Ms);
  });

  it('measures operations that take longer than the time for all of them', async () => {
    const next = () => new Promise((resolve) => setImmediate(resolve));
    expect(await measure({ inFlight: 3, durationMs: 0, warmUpMs: 0 }, next)).toMatchObject({ count: 3, done: 3 });
  });

  it('ends when an operation fails', async () => {
    await expect(
      measure({ inFlight: 2, durationMs: 1_000 }, () => Promise.reject(new Error('refused'))),
    ).rejects.toThrow('refused');
  });

  it('takes quantiles of sorted values', () => {
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(3);
    expect(quantile([1, 2, 3, 4], 0.99)).toBe(4);
    expect(quantile([], 0.5)).toBe(0);
  });

  it('ends after as many operations as are wanted', async () => {
    const begun: number[] = [];
    const load = { inFlight: 3, durationMs: 60_000, warmUpMs: 0, most: 8 };
    const figures = await measure(load, (n) => Promise.resolve(begun.push(n)));
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(figures.count).toBe(8);
  });

  it('adds up the rates of processes that worked side by side, each by its own time', () => {
    const one = { latenciesMs: Float64Array.of(3, 1), seconds: 1, done: 3 };
    const other = { latenciesMs: Float64Array.of(2, 4), seconds: 2, done: 2 };
    expect(figuresOf([one, other], 10)).toEqual({ perSecond: 30, p50Ms: 3, p99Ms: 4, count: 4, done: 50 });
    expect(figuresOf([])).toEqual({ perSecond: 0, p50Ms: 0, p99Ms: 0, count: 0, done: 0 });
  });

  it('takes each median for itself', () => {
    const window = (perSecond: number, p50Ms: number) => ({ perSecond, p50Ms, p99Ms: 2 * p50Ms, count: 5, done: 7 });
    const windows = [window(1, 9), window(100, 1), window(50, 2)];
    expect(medianOf(windows)).toEqual({ perSecond: 50, p50Ms: 2, p99Ms: 4, count: 15, done: 21 });
  });
});
