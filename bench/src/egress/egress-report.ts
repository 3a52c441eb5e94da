import type { WindowedRow } from '../contestant.ts';
import { goalTable } from '../goal.ts';
import { totalOf } from '../processor-time.ts';
import { asTable, besideFloor, inColumns } from '../report.ts';
import type { EgressBench } from './egress-bench.ts';
import { goalsOf } from './goals.ts';
import type { Moved } from './moved.ts';
import { DIRECTIONS, type Direction, type TunnelRow } from './tunnels.ts';

const MEGABYTE = 1_000_000;

/** What was measured, for people. */
export function egressReport(bench: EgressBench): string {
  const { extent, processors, leftOut, fetches, guards, tunnels, moved } = bench;
  const windows = `medians of ${extent.windows} windows of ${extent.windowMs / 1_000} s, taken in turns, on ${processors} processors`;
  return [
    [windows, ...leftOut].join('\n'),
    ...(fetches.length > 0 ? [`requests\n${asTable(fetches, [PROCESSOR])}`] : []),
    ...(guards.length > 0 ? [`in one process, one at a time\n${asTable(guards, [PROCESSOR])}`] : []),
    ...DIRECTIONS.flatMap((direction) => tunnelTable(direction, { tunnels, pieceBytes: extent.pieceBytes })),
    ...(moved.length > 0 ? [movedTable(moved)] : []),
    goalTable(goalsOf(bench)),
  ].join('\n\n');
}

const PROCESSOR = {
  head: 'processor µs',
  cell: ({ processor }: WindowedRow) => (processor ? totalOf(processor).toFixed(0) : ''),
};

type Measured = { readonly tunnels: readonly TunnelRow[]; readonly pieceBytes: number };

function tunnelTable(direction: Direction, { tunnels, pieceBytes }: Measured): readonly string[] {
  const rows = tunnels.filter((row) => row.direction === direction);
  if (rows.length === 0) return [];
  const perMegabyte = ({ processor }: TunnelRow) =>
    processor ? ((totalOf(processor) * MEGABYTE) / pieceBytes).toFixed(0) : '';
  const lines = rows.map((row) => {
    const beside = besideFloor(row, rows);
    const share = beside ? `${Math.round(beside.throughput * 100)} %` : '';
    return [row.name, String(row.inFlight), row.megabytesPerSecond.toFixed(0), share, perMegabyte(row)];
  });
  return [inColumns([`tunnels, ${direction}`, 'open', 'MB/s', 'of floor', 'proxy µs a MB'], lines)];
}

function movedTable(moved: readonly Moved[]): string {
  const mb = (bytes: number) => (bytes / MEGABYTE).toFixed(0);
  const lines = moved.map(({ name, direction, bytes, seconds, ownBytes, residentBytes }) => [
    ...[`${name}, ${direction} ${mb(bytes)} MB`, mb(ownBytes.before), mb(ownBytes.most)],
    ...[mb(ownBytes.most - ownBytes.before), mb(residentBytes.most), mb(bytes / seconds)],
  ]);
  return inColumns(['memory of the proxy, MB', 'own before', 'own at most', 'more', 'with shared', 'MB/s'], lines);
}
