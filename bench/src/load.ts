export type Figures = {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly count: number;
  /** How many were done altogether, those before and after counting included. */
  readonly done: number;
};
export type LoadOptions = {
  readonly inFlight: number;
  /** How long to measure, in ms; what was begun is finished. */
  readonly durationMs: number;
  /** How long to run before counting, in ms; default a fifth of the duration. */
  readonly warmUpMs?: number;
  /** End after this many operations, warm-up included, if that comes first; default no such end. */
  readonly most?: number;
};

/** What was seen of operations: how long each took, in ms, for how long they were counted, and how many were done in all. */
export type Sample = { readonly latenciesMs: Float64Array; readonly seconds: number; readonly done: number };

/**
 * Keeps so many operations in flight and measures each one: a closed loop, so a slow answer slows the load. An operation that throws ends it. At least one
 * is measured: where one takes longer than the whole time, the time is longer.
 */
export const measure = async (options: LoadOptions, operation: (n: number) => Promise<unknown>): Promise<Figures> =>
  figuresOf([await sample(options, operation)]);

/** {@link measure} without the summing up. */
export async function sample(
  { inFlight, durationMs, warmUpMs = durationMs / 5, most = Infinity }: LoadOptions,
  operation: (n: number) => Promise<unknown>,
): Promise<Sample> {
  const latencies: number[] = [];
  const countFrom = performance.now() + warmUpMs;
  const end = countFrom + durationMs;
  let n = 0;
  async function worker(): Promise<void> {
    for (;;) {
      const began = performance.now();
      if (n >= most || (began >= end && latencies.length > 0)) return;
      await operation(n++);
      if (began >= countFrom) latencies.push(performance.now() - began);
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker));
  return { latenciesMs: Float64Array.from(latencies), seconds: (performance.now() - countFrom) / 1_000, done: n };
}

/** Sums up samples taken at the same time, in several processes: their rates add up. `perOperation`: how many of what is counted one does. */
export function figuresOf(samples: readonly Sample[], perOperation = 1): Figures {
  const count = samples.reduce((sum, { latenciesMs }) => sum + latenciesMs.length, 0);
  const sorted = new Float64Array(count);
  let offset = 0;
  let perSecond = 0;
  for (const { latenciesMs, seconds } of samples) {
    sorted.set(latenciesMs, offset);
    offset += latenciesMs.length;
    if (latenciesMs.length > 0) perSecond += (perOperation * latenciesMs.length) / seconds;
  }
  sorted.sort();
  const done = perOperation * samples.reduce((sum, each) => sum + each.done, 0);
  return { perSecond, p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99), count, done };
}

/** The value below which this share of sorted values lies; 0 when there are none. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

/** The median of each figure over several windows, so that one disturbed window does not decide; the counts are of all of them. */
export function medianOf(windows: readonly Figures[]): Figures {
  return {
    perSecond: median(windows.map(({ perSecond }) => perSecond)),
    p50Ms: median(windows.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(windows.map(({ p99Ms }) => p99Ms)),
    count: windows.reduce((sum, { count }) => sum + count, 0),
    done: windows.reduce((sum, { done }) => sum + done, 0),
  };
}

/** The middle value, the higher of two; 0 when there is none. */
export const median = (values: readonly number[]): number =>
  quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
