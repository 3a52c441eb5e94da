import { asTable, inColumns } from '../report.ts';
import type { SettledRow } from './contestant.ts';
import { goalsOf, GROWING, growthOf } from './goals.ts';
import type { GrowthPoint } from './growth.ts';
import type { LedgerBench } from './ledger-bench.ts';

const MB = 1_000_000;

/** What was measured, for people. */
export function ledgerReport(bench: LedgerBench): string {
  const { extent, processors, rows, growth, verify } = bench;
  const windows = `medians of ${extent.windows} windows of ${extent.windowMs / 1_000} s, taken in turns, on ${processors} processors`;
  return [
    ...(rows.length > 0 ? [`${windows}\n\n${asTable(rows)}`, ...published(rows)] : []),
    ...(growth.length > 0 ? [growthTable(growth)] : []),
    ...(verify ? [verifyTable(verify)] : []),
    goalTable(bench),
  ].join('\n\n');
}

/** A rate that publication does not keep up with cannot be kept up. */
function published(rows: readonly SettledRow[]): readonly string[] {
  const settled = rows.flatMap(({ name, inFlight, settledSeconds }) =>
    settledSeconds === undefined ? [] : [[name, String(inFlight), settledSeconds.toFixed(2)]],
  );
  return settled.length === 0 ? [] : [inColumns(['all published after a window', 'in flight', 'after s'], settled)];
}

function growthTable(points: readonly GrowthPoint[]): string {
  const line = (name: string, value: (point: GrowthPoint) => string) => [name, ...points.map(value)];
  const costs = GROWING.flatMap(([name, cost]) => {
    const ratios = growthOf(points, cost);
    const shown = (value: number | undefined, text: (value: number) => string) =>
      value === undefined ? 'not served' : text(value);
    return [
      [name, ...points.map((point) => shown(cost(point), (value) => value.toFixed(3)))],
      ['  beside the first', ...ratios.map((ratio) => shown(ratio, (value) => `${value.toFixed(2)} ×`))],
    ];
  });
  const total = ({ footprint }: GrowthPoint) => footprint.tables.reduce((sum, { bytes }) => sum + bytes, 0);
  const perEvent = (bytes: number, { sizeAfter }: GrowthPoint) => (bytes / sizeAfter).toFixed(0);
  return inColumns(
    ['events in the log', ...points.map(({ size }) => String(size))],
    [
      ...costs,
      line('filled in s', ({ fill }) => fill.seconds.toFixed(1)),
      line('  events/s', ({ fill }) => fill.perSecond.toFixed(0)),
      line('  all published after further s', ({ fill }) => fill.publishedAfterSeconds.toFixed(1)),
      line('memory of audit-ledger, MB', ({ footprint }) => (footprint.residentBytes / MB).toFixed(0)),
      line('  most so far', ({ footprint }) => (footprint.mostResidentBytes / MB).toFixed(0)),
      line('Postgres, bytes an event', (point) => perEvent(total(point), point)),
      line('NATS, bytes an event', (point) => perEvent(point.footprint.busBytes, point)),
    ],
  );
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

function goalTable(bench: LedgerBench): string {
  const lines = goalsOf(bench).map(({ what, aim, measured, reached }) => [
    what,
    aim,
    measured,
    reached ? 'reached' : 'missed',
  ]);
  return lines.length === 0
    ? 'no goal has its figures in what was measured'
    : inColumns(['goal', 'aim', 'measured', ''], lines);
}
