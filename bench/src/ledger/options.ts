import type { Windows } from '../contestant.ts';

/** What the ledger's bench consists of. `compare`: beside floors and peers; `growth`: on a growing log; `verify`: the verifier alone. */
export const PARTS = ['compare', 'growth', 'verify'] as const;
export type Part = (typeof PARTS)[number];
export const isPart = (name: string): name is Part => (PARTS as readonly string[]).includes(name);

/** How much is measured. Times in ms. */
export type Extent = Windows & {
  /** Streams that appends are spread over. */
  readonly streams: number;
  /** Rows of one COPY. */
  readonly copyRows: number;
  /** Sizes of the log, in events, at which its cost is measured. */
  readonly sizes: readonly number[];
  /** Appends of one window on the growing log, at 1 and at 64 in flight. */
  readonly appendsAlone: number;
  readonly appendsTogether: number;
  /** Proofs of each kind, and questions beside them, in a window. */
  readonly proofs: number;
  /** Events that the verifier is given. */
  readonly verifiedEvents: number;
};

/** Enough to be believed. The smallest log is also where the service's code gets compiled, so it is not measured any smaller. */
export const full = (windowMs: number): Extent => ({
  ...{ windows: 3, windowMs, firstWarmUpMs: Math.max(5_000, windowMs), warmUpMs: 1_000 },
  ...{ streams: 10_000, copyRows: 10_000 },
  ...{ sizes: [10_000, 100_000, 1_000_000], appendsAlone: 1_000, appendsTogether: 5_000, proofs: 200 },
  verifiedEvents: 100_000,
});

/** Enough to see that everything is measured; the figures mean nothing. */
export const QUICK: Extent = {
  ...{ windows: 1, windowMs: 300, firstWarmUpMs: 100, warmUpMs: 100 },
  ...{ streams: 1_200, copyRows: 500 },
  ...{ sizes: [200, 500, 1_000], appendsAlone: 10, appendsTogether: 64, proofs: 5 },
  verifiedEvents: 500,
};
