import { goalTable } from '../goal.ts';
import { asTable, inColumns } from '../report.ts';
import type { WindowedRow } from '../contestant.ts';
import { goalsOf, GROWING, growthOf, type Cost } from './goals.ts';
import type { GrowthPoint } from './growth.ts';
import type { LedgerBench } from './ledger-bench.ts';
import { totalOf } from '../processor-time.ts';

const MB = 1_000_000;
const NOT_MEASURED = 'not served';

/** What was measured, for people. */
export function ledgerReport(bench: LedgerBench): string {
  const { extent, processors, rows, growth, verify } = bench;
  const windows = `medians of ${extent.windows} windows of ${extent.windowMs / 1_000} s, taken in turns, on ${processors} processors`;
  return [
    ...(rows.length > 0 ? [`${windows}\n\n${asTable(rows, [PROCESSOR])}`, ...ofOurs(rows)] : []),
    ...(growth.length > 0 ? [growthTable(growth)] : []),
    ...(verify ? [verifyTable(verify)] : []),
    goalTable(goalsOf(bench)),
  ].join('\n\n');
}

const PROCESSOR = {
  head: 'processor µs',
  cell: ({ processor }: WindowedRow) => (processor ? totalOf(processor).toFixed(0) : ''),
};

/** Where an event of ours costs processor time, and whether publication keeps up: a rate that it does not keep up with cannot be kept up. */
function ofOurs(rows: readonly WindowedRow[]): readonly string[] {
  const ours = rows.filter(({ settledSeconds }) => settledSeconds !== undefined);
  const micro = (value: number | undefined) => (value === undefined ? '' : value.toFixed(0));
  const lines = ours.map(({ name, inFlight, settledSeconds = 0, processor }) => [
    ...[
      name,
      String(inFlight),
      micro(processor?.['audit-ledger']),
      micro(processor?.['postgres']),
      micro(processor?.['nats']),
    ],
    ...[micro(processor?.['load']), settledSeconds.toFixed(2)],
  ]);
  const head = ['processor µs an event', 'in flight', 'audit-ledger', 'Postgres', 'NATS', 'load', 'published after s'];
  return lines.length === 0 ? [] : [inColumns(head, lines)];
}

function growthTable(points: readonly GrowthPoint[]): string {
  const line = (name: string, value: (point: GrowthPoint) => string) => [name, ...points.map(value)];
  const costs = GROWING.flatMap((cost) => costLines(points, cost));
  const total = ({ footprint }: GrowthPoint) => footprint.tables.reduce((sum, { bytes }) => sum + bytes, 0);
  const perEvent = (bytes: number, { sizeAfter }: GrowthPoint) => (bytes / sizeAfter).toFixed(0);
  return inColumns(
    ['events in the log', ...points.map(({ size }) => String(size))],
    [
      ...costs,
      line('filled in s', ({ fill }) => fill.seconds.toFixed(1)),
      line('  events/s', ({ fill }) => fill.perSecond.toFixed(0)),
      line('  all published after further s', ({ fill }) => fill.publishedAfterSeconds.toFixed(1)),
      line('memory that audit-ledger holds, MB', ({ footprint }) =>
        footprint.heldBytes === undefined ? NOT_MEASURED : (footprint.heldBytes / MB).toFixed(0),
      ),
      line('  occupies', ({ footprint }) => (footprint.residentBytes / MB).toFixed(0)),
      line('  most so far', ({ footprint }) => (footprint.mostResidentBytes / MB).toFixed(0)),
      line('Postgres, bytes an event', (point) => perEvent(total(point), point)),
      line('NATS, bytes an event', (point) => perEvent(point.footprint.busBytes, point)),
    ],
  );
}

function costLines(points: readonly GrowthPoint[], cost: Cost): readonly (readonly string[])[] {
  const { name, of, control } = cost;
  const shown = (value: number | undefined, text: (value: number) => string) =>
    value === undefined ? NOT_MEASURED : text(value);
  return [
    [name, ...points.map((point) => shown(of(point), (value) => value.toFixed(3)))],
    ...(control
      ? [[`  ${control.name}`, ...points.map((point) => shown(control.of(point), (value) => value.toFixed(3)))]]
      : []),
    ['  growth', ...growthOf(points, cost).map((ratio) => shown(ratio, (value) => `${value.toFixed(2)} ×`))],
  ];
}

function verifyTable({ events, perSecond, barePerSecond }: NonNullable<LedgerBench['verify']>): string {
  return inColumns(
    [`verifying ${events} events`, 'per second'],
    [
      ['SHA-256 and JSON.parse alone', barePerSecond.toFixed(0)],
      ['the verifier', perSecond.toFixed(0)],
    ],
  );
}
