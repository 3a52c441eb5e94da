export type Figures = {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly count: number;
};
export type LoadOptions = {
  readonly inFlight: number;
  /** How long to measure, in ms; what was begun is finished. */
  readonly durationMs: number;
  /** How long to run before counting, in ms; default a fifth of the duration. */
  readonly warmUpMs?: number;
};

/** Keeps so many operations in flight and measures each one: a closed loop, so a slow answer slows the load. An operation that throws ends it. */
export async function measure(
  { inFlight, durationMs, warmUpMs = durationMs / 5 }: LoadOptions,
  operation: (n: number) => Promise<unknown>,
): Promise<Figures> {
  const latencies: number[] = [];
  const countFrom = performance.now() + warmUpMs;
  const end = countFrom + durationMs;
  let n = 0;
  async function worker(): Promise<void> {
    for (;;) {
      const began = performance.now();
      if (began >= end) return;
      await operation(n++);
      if (began >= countFrom) latencies.push(performance.now() - began);
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker));
  const seconds = (performance.now() - countFrom) / 1_000;
  latencies.sort((a, b) => a - b);
  return {
    perSecond: latencies.length / seconds,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    count: latencies.length,
  };
}

/** The value below which this share of sorted values lies; 0 when there are none. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
