import type { Metrics } from '@causeway/service-kit';

/**
 * How an append was answered. `sealed`: it was written. `repeated`: it was in the log already. `refused`: a version or an id did not fit.
 * `busy`: too many waited. `unavailable`: this replica could not write.
 */
export const APPEND_OUTCOMES = ['sealed', 'repeated', 'refused', 'busy', 'unavailable'] as const;
export type AppendOutcome = (typeof APPEND_OUTCOMES)[number];

/** What the writer tells about itself: once a batch, never for each event. */
export type WriterMetrics = {
  /** A batch of this many events was committed; the commit took this long, in seconds. */
  readonly batch: (events: number, seconds: number) => void;
  /** Appends were answered so; default 1 of them. */
  readonly outcome: (kind: AppendOutcome, appends?: number) => void;
  /** So many events wait for their batch now. */
  readonly queue: (events: number) => void;
};

export type LedgerMetrics = {
  readonly writer: WriterMetrics;
  /** The log ends before this position. */
  readonly head: (nextPosition: number) => void;
  /** A checkpoint was signed: its size, and when, in ms since 1970. */
  readonly signed: (size: number, signedAtMs: number) => void;
  /** The newest checkpoint that a witness cosigned has this size; 0 when there is none. */
  readonly cosigned: (witness: string, size: number) => void;
};

/** What is read when somebody looks at the metrics. Only the replica that writes shows more than that it does, or does not: the rest would be stale. */
export type LedgerReadings = {
  readonly isLeader: () => boolean;
  readonly publishedTo: () => number | undefined;
  /** In ms since 1970. */
  readonly now: () => number;
};

const BATCH_EVENTS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
const COMMIT_SECONDS = [0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1, 2, 5, 10];

/** Declares the metrics of the ledger. docs/ledger-operations.md says what each means and when to worry. */
export function ledgerMetrics(metrics: Metrics, readings: LedgerReadings): LedgerMetrics {
  let head: number | undefined;
  const cosigned = new Map<string, number>();
  const whileLeading = <T>(read: () => T): T | undefined => (readings.isLeader() ? read() : undefined);
  let checkpoint: { readonly size: number; readonly signedAtMs: number } | undefined;

  metrics.reading({ name: 'causeway_ledger_leader', help: '1 while this replica writes the log, else 0.' }, () =>
    readings.isLeader() ? 1 : 0,
  );
  metrics.reading({ name: 'causeway_ledger_head_position', help: 'Position that the next event gets.' }, () =>
    whileLeading(() => head),
  );
  metrics.reading(
    { name: 'causeway_ledger_published_position', help: 'First position that is not published on the bus yet.' },
    readings.publishedTo,
  );
  metrics.reading(
    { name: 'causeway_ledger_checkpoint_size', help: 'Events covered by the newest signed checkpoint.' },
    () => whileLeading(() => checkpoint?.size),
  );
  metrics.reading(
    { name: 'causeway_ledger_checkpoint_age_seconds', help: 'Time since the newest checkpoint was signed.' },
    () => whileLeading(() => checkpoint && Math.max(0, readings.now() - checkpoint.signedAtMs) / 1000),
  );
  metrics.readings(
    {
      name: 'causeway_ledger_witness_cosigned_size',
      help: 'Size of the newest checkpoint that a witness cosigned.',
      label: 'witness',
    },
    () => whileLeading(() => cosigned) ?? new Map(),
  );
  return {
    writer: writerMetrics(metrics),
    head: (nextPosition) => {
      head = nextPosition;
    },
    signed: (size, signedAtMs) => {
      checkpoint = { size, signedAtMs };
    },
    cosigned: (witness, size) => {
      cosigned.set(witness, size);
    },
  };
}

function writerMetrics(metrics: Metrics): WriterMetrics {
  let waiting = 0;
  metrics.reading(
    { name: 'causeway_ledger_append_queue_events', help: 'Events that wait for their batch.' },
    () => waiting,
  );
  const batches = metrics.histogram({
    ...{ name: 'causeway_ledger_batch_events', help: 'Events in a committed batch.', buckets: BATCH_EVENTS },
  });
  const commits = metrics.histogram({
    ...{ name: 'causeway_ledger_commit_seconds', help: 'Time that a commit took.', buckets: COMMIT_SECONDS },
  });
  const appends = metrics.counter({
    ...{ name: 'causeway_ledger_appends_total', help: 'Appends answered, by outcome.', labels: ['outcome'] },
  });
  // A series that appears only with its first case cannot be compared with the time before.
  for (const outcome of APPEND_OUTCOMES) appends.inc({ outcome }, 0);
  return {
    batch: (events, seconds) => {
      batches.observe(events);
      commits.observe(seconds);
    },
    outcome: (outcome, count = 1) => appends.inc({ outcome }, count),
    queue: (events) => {
      waiting = events;
    },
  };
}
