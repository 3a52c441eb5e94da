import type { Windows } from '../contestant.ts';

/** What the bench of runs consists of. `compare`: governed steps beside floors and peers; `paused`: many runs that wait; `restart`: starting on a log. */
export const PARTS = ['compare', 'paused', 'restart'] as const;
export type Part = (typeof PARTS)[number];
export const isPart = (name: string): name is Part => (PARTS as readonly string[]).includes(name);

/** How much is measured. Times in ms. */
export type Extent = Windows & {
  /** Steps in flight. */
  readonly loads: readonly number[];
  /** In flight where a run is as hot as agents that take several steps at once make it, and where one load stands for all. */
  readonly few: number;
  readonly together: number;
  /** Runs that steps are spread over. */
  readonly runs: number;
  /** Runs that wait, all at once. */
  readonly waiting: number;
  /** Lists asked for while they wait. */
  readonly lists: number;
  /** Sizes of the log, in events, at which starting is measured. */
  readonly sizes: readonly number[];
};

/** Enough to be believed. */
export const full = (windowMs: number): Extent => ({
  ...{ windows: 3, windowMs, firstWarmUpMs: Math.max(10_000, windowMs), warmUpMs: 1_500 },
  ...{ loads: [1, 64, 256], few: 8, together: 64, runs: 64 },
  ...{ waiting: 100_000, lists: 200, sizes: [1_000, 10_000, 100_000] },
});

/** Enough to see that everything is measured; the figures mean nothing. */
export const QUICK: Extent = {
  ...{ windows: 1, windowMs: 300, firstWarmUpMs: 100, warmUpMs: 100 },
  ...{ loads: [1, 8], few: 4, together: 8, runs: 4 },
  ...{ waiting: 200, lists: 5, sizes: [100, 200] },
};
