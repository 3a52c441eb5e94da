import type { LogStatus } from './witness.ts';

export type WitnessMetrics = {
  /** A request was answered with this HTTP status. */
  readonly answered: (status: number) => void;
  /** A log showed two trees of one size. */
  readonly forked: () => void;
  /** Prometheus text (exposition format 0.0.4). */
  readonly page: (logs: readonly LogStatus[]) => string;
};

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Every answer that a witness gives, so that each has a series from the start. */
const STATUSES = [200, 400, 403, 404, 409, 413, 422, 503];

/** Counters of this process. Written out by hand: a witness uses no package at all. */
export function witnessMetrics(residentBytes: () => number): WitnessMetrics {
  const answers = new Map(STATUSES.map((status) => [status, 0]));
  let forks = 0;
  return {
    answered: (status) => {
      answers.set(status, (answers.get(status) ?? 0) + 1);
    },
    forked: () => {
      forks += 1;
    },
    page: (logs) =>
      [
        ...series('causeway_witness_answers_total', 'counter', 'Requests to cosign, by HTTP status of the answer.'),
        ...[...answers].map(([status, count]) => `causeway_witness_answers_total{status="${status}"} ${count}`),
        ...series(
          'causeway_witness_forks_total',
          'counter',
          'Signed checkpoints that contradict one that was cosigned.',
        ),
        `causeway_witness_forks_total ${forks}`,
        ...series('causeway_witness_cosigned_size', 'gauge', 'Size of the newest checkpoint cosigned, by log.'),
        ...logs.map(({ origin, size }) => `causeway_witness_cosigned_size{origin="${escaped(origin)}"} ${size}`),
        ...series('causeway_witness_cosigned_timestamp_seconds', 'gauge', 'When this process last cosigned, by log.'),
        ...logs
          .filter(({ cosignedAt }) => cosignedAt !== undefined)
          .map(
            ({ origin, cosignedAt }) =>
              `causeway_witness_cosigned_timestamp_seconds{origin="${escaped(origin)}"} ${cosignedAt}`,
          ),
        ...series('process_resident_memory_bytes', 'gauge', 'Resident memory size in bytes.'),
        `process_resident_memory_bytes ${residentBytes()}`,
        '',
      ].join('\n'),
  };
}

const series = (name: string, type: 'counter' | 'gauge', help: string): readonly string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
];

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };
const escaped = (label: string): string => label.replace(/[\\"\n]/g, (character) => ESCAPES[character] ?? character);
