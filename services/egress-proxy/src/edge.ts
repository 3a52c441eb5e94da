import { randomUUID } from 'node:crypto';

/** Time and chance, as the rest of the service gets them. */
export type Edge = {
  /** ISO 8601 in UTC. */
  readonly now: () => string;
  /** A clock that only goes forward, in ms. */
  readonly elapsedMs: () => number;
  readonly newUuid: () => string;
};

export const systemEdge: Edge = {
  now: () => new Date().toISOString(),
  elapsedMs: () => performance.now(),
  newUuid: () => randomUUID(),
};
