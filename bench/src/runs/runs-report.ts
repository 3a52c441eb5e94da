import type { WindowedRow } from '../contestant.ts';
import { goalTable } from '../goal.ts';
import type { Figures } from '../load.ts';
import { totalOf } from '../processor-time.ts';
import { asTable, inColumns } from '../report.ts';
import { goalsOf } from './goals.ts';
import type { Paused } from './paused.ts';
import type { Restart } from './restart.ts';
import type { RunsBench } from './runs-bench.ts';

/** What was measured, for people. */
export function runsReport({ extent, processors, rows, paused, restarts }: RunsBench): string {
  const windows = `medians of ${extent.windows} windows of ${extent.windowMs / 1_000} s, taken in turns, on ${processors} processors`;
  return [
    ...(rows.length > 0 ? [`${windows}\n\n${asTable(rows, [PROCESSOR])}`, ...byProcess(rows)] : []),
    ...(paused ? [pausedTable(paused)] : []),
    ...(restarts.length > 0 ? [restartTable(restarts)] : []),
    goalTable(goalsOf(rows, extent)),
  ].join('\n\n');
}

const PROCESSOR = {
  head: 'processor µs',
  cell: ({ processor }: WindowedRow) => (processor ? totalOf(processor).toFixed(0) : ''),
};

/** Where a step costs processor time, and how long the views went on after a window: a rate that they do not keep up with cannot be kept up. */
function byProcess(rows: readonly WindowedRow[]): readonly string[] {
  const told = rows.flatMap(({ processor, ...row }) => (processor ? [{ ...row, processor }] : []));
  if (told.length === 0) return [];
  const parts = [...new Set(told.flatMap(({ processor }) => Object.keys(processor)))];
  const lines = told.map(({ name, inFlight, processor, settledSeconds }) => [
    ...[name, String(inFlight), ...parts.map((part) => processor[part]?.toFixed(0) ?? '')],
    settledSeconds?.toFixed(2) ?? '',
  ]);
  return [inColumns(['processor µs a step', 'in flight', ...parts, 'in the views after s'], lines)];
}

const MB = 1_000_000;

function pausedTable({ runs, residentBytes, tableBytes, ...lists }: Paused): string {
  const { before, after } = residentBytes;
  const list = (name: string, { one, many }: { one: Figures; many: Figures }) => [
    name,
    ...[one.p50Ms.toFixed(2), many.p50Ms.toFixed(2), many.p99Ms.toFixed(2)],
    times(many.p50Ms / one.p50Ms),
  ];
  const bytes = (value: number) => `${(value / MB).toFixed(1)} MB`;
  const each = (value: number) => `${(value / runs).toFixed(0)} bytes a run`;
  return [
    inColumns(
      [`${runs} runs that wait`, 'p50 ms of one', 'p50 ms', 'p99 ms', 'growth'],
      [
        list('GET /v1/runs, a page of 50', { one: lists.runListOfOne, many: lists.runList }),
        list('GET /v1/approvals, a page of 50', { one: lists.approvalListOfOne, many: lists.approvalList }),
      ],
    ),
    `memory of run-orchestrator: ${bytes(before)} before, ${bytes(after)} with them, ${each(Math.max(0, after - before))}`,
    `its tables: ${bytes(tableBytes)}, ${each(tableBytes)}`,
  ].join('\n');
}

function restartTable(points: readonly Restart[]): string {
  const [first] = points;
  const cost = (name: string, of: (point: Restart) => number) => [
    [name, ...points.map((point) => of(point).toFixed(0))],
    ['  growth', ...points.map((point) => times(of(point) / of(first!)))],
  ];
  return inColumns(
    ['events in the log', ...points.map(({ size }) => String(size))],
    [
      ...cost('run-orchestrator starts, ms', ({ startMs }) => startMs),
      ...cost('gateway starts, ms', ({ gatewayStartMs }) => gatewayStartMs),
      ...cost('audit-ledger starts, ms', ({ ledgerStartMs }) => ledgerStartMs),
      ...cost('views rebuilt, ms', ({ rebuildMs }) => rebuildMs),
      ['  µs an event', ...points.map(({ rebuildMs, size }) => ((rebuildMs * 1_000) / size).toFixed(0))],
    ],
  );
}

const times = (ratio: number): string => `${ratio.toFixed(2)} ×`;
