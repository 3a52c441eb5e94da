import type { WindowedRow } from '../contestant.ts';
import { goalTable } from '../goal.ts';
import { totalOf } from '../processor-time.ts';
import { asTable, inColumns } from '../report.ts';
import { goalsOf } from './goals.ts';
import type { RunsBench } from './runs-bench.ts';

/** What was measured, for people. */
export function runsReport({ extent, processors, rows }: RunsBench): string {
  const windows = `medians of ${extent.windows} windows of ${extent.windowMs / 1_000} s, taken in turns, on ${processors} processors`;
  return [
    ...(rows.length > 0 ? [`${windows}\n\n${asTable(rows, [PROCESSOR])}`, ...byProcess(rows)] : []),
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
