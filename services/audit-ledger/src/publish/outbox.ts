import type { SealedBatch, SealedEvent } from '../append/seal.ts';

/** Committed events that are still to be published, as far as memory holds them; what it does not hold is read from the log. */
export type Outbox = {
  /** First position that is not in the log. */
  readonly end: () => number;
  /** Takes a committed batch; forgets older ones rather than grow without bound. */
  readonly add: (batch: SealedBatch) => void;
  /** Events from this position on, at most `limit`; none when memory does not hold that position. */
  readonly from: (position: number, limit: number) => readonly SealedEvent[];
  /** Starts anew, empty, for a log that ends here. */
  readonly reset: (end: number) => void;
};

const MAX_BYTES = 64 * 1024 * 1024;

/** An empty {@link Outbox}. */
export function outbox(): Outbox {
  let batches: SealedBatch[] = [];
  let sizeBytes = 0;
  let end = 0;

  const sizeOf = ({ appends }: SealedBatch): number => appends.reduce((sum, append) => sum + append.sizeBytes, 0);
  const dropWhile = (isOld: (batch: SealedBatch) => boolean): void => {
    let count = 0;
    while (count < batches.length && isOld(batches[count]!)) sizeBytes -= sizeOf(batches[count++]!);
    if (count > 0) batches = batches.slice(count);
  };

  return {
    end: () => end,
    add: (batch) => {
      batches.push(batch);
      sizeBytes += sizeOf(batch);
      end = batch.to.nextPosition;
      dropWhile(() => sizeBytes > MAX_BYTES);
    },
    from: (position, limit) => {
      dropWhile(({ to }) => to.nextPosition <= position);
      const first = batches[0];
      if (!first || first.from.nextPosition > position) return [];
      const events: SealedEvent[] = [];
      for (const batch of batches) {
        if (events.length >= limit) break;
        events.push(...batch.events.slice(Math.max(0, position - batch.from.nextPosition), batch.events.length));
      }
      return events.slice(0, limit);
    },
    reset: (position) => {
      batches = [];
      sizeBytes = 0;
      end = position;
    },
  };
}
