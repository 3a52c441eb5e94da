import type { Figures } from './load.ts';

export type Row = {
  readonly name: string;
  readonly inFlight: number;
  readonly figures: Figures;
  /** Name of the floor measured in the same run at the same load. */
  readonly floor?: string;
};

/** This row's throughput as a share of its floor's, and how many times its floor's p50 it takes. */
export function besideFloor(
  row: Row,
  rows: readonly Row[],
): { readonly throughput: number; readonly p50: number } | undefined {
  const floor = rows.find(({ name, inFlight }) => name === row.floor && inFlight === row.inFlight);
  if (!floor) return undefined;
  return { throughput: row.figures.perSecond / floor.figures.perSecond, p50: row.figures.p50Ms / floor.figures.p50Ms };
}

export type Column<R extends Row> = { readonly head: string; readonly cell: (row: R) => string };

const HEAD = ['measurement', 'in flight', 'per second', 'p50 ms', 'p99 ms', 'of floor', 'p50 × floor'];

/** The rows as a table for people, with further columns to the right. */
export function asTable<R extends Row>(rows: readonly R[], further: readonly Column<R>[] = []): string {
  const lines = rows.map((row) => {
    const beside = besideFloor(row, rows);
    const { perSecond, p50Ms, p99Ms } = row.figures;
    const ratios = beside ? [`${Math.round(beside.throughput * 100)} %`, `${beside.p50.toFixed(1)} ×`] : ['', ''];
    const own = [row.name, String(row.inFlight), perSecond.toFixed(0), p50Ms.toFixed(2), p99Ms.toFixed(2), ...ratios];
    return [...own, ...further.map(({ cell }) => cell(row))];
  });
  return inColumns([...HEAD, ...further.map(({ head }) => head)], lines);
}

/** Lines of cells below a head: the first column to the left, the others to the right. */
export function inColumns(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...lines].map((line) => line[column]!.length)));
  return [head, ...lines]
    .map((line) =>
      line
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
