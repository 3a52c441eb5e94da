import type { Windows } from '../contestant.ts';

/**
 * What the bench of egress-proxy consists of. `memory`: what moving a large body takes; `tunnel`: how fast bytes go through CONNECT; `fetch`: requests
 * with their sealed intent and fact; `guards`: the guards alone.
 */
export const PARTS = ['memory', 'tunnel', 'fetch', 'guards'] as const;
export type Part = (typeof PARTS)[number];
export const isPart = (name: string): name is Part => (PARTS as readonly string[]).includes(name);

/** How much is measured. Times in ms, sizes in bytes. */
export type Extent = Windows & {
  /** Requests in flight. */
  readonly loads: readonly number[];
  /** Runs that requests are spread over. */
  readonly runs: number;
  /** Tunnels that carry at once. */
  readonly tunnels: readonly number[];
  /** What is asked for at once in a tunnel. */
  readonly pieceBytes: number;
  /** The body whose moving is watched for memory. */
  readonly movedBytes: number;
  /** Into how many answers it is divided where each becomes a resource: one answer has to come within two minutes. */
  readonly keptAnswers: number;
};

/** Enough to be believed. */
export const full = (windowMs: number): Extent => ({
  ...{ windows: 3, windowMs, firstWarmUpMs: Math.max(5_000, windowMs), warmUpMs: 1_000 },
  ...{ loads: [1, 32, 128], runs: 64, tunnels: [1, 8], pieceBytes: 2 ** 24, movedBytes: 2 ** 31, keptAnswers: 8 },
});

/** Enough to see that everything is measured; the figures mean nothing. */
export const QUICK: Extent = {
  ...{ windows: 1, windowMs: 200, firstWarmUpMs: 100, warmUpMs: 100 },
  ...{ loads: [1, 4], runs: 4, tunnels: [1, 2], pieceBytes: 2 ** 20, movedBytes: 2 ** 24, keptAnswers: 2 },
};
