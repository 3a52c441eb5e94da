import { measure, quantile } from './load.ts';

describe('measuring', () => {
  it('keeps exactly so many operations in flight and counts those that ended', async () => {
    let now = 0;
    let most = 0;
    const figures = await measure({ inFlight: 7, durationMs: 60, warmUpMs: 0 }, async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 1));
      now--;
    });
    expect(most).toBe(7);
    expect(figures.count).toBeGreaterThan(7);
    expect(figures.p99Ms).toBeGreaterThanOrEqual(figures.p50Ms);
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
});
