import type { Row } from './rounds.ts';

const HEAD = ['fault', 'rounds', 'acknowledged', 'lost', 'duplicates', 'gaps', 'forks', 'takeover ms', 'outage ms'];

/** Rows as a Markdown table; takeover and outage are the worst of all rounds. */
export function asTable(rows: readonly Row[]): string {
  const cells = rows.map(({ fault, rounds, acknowledged, lost, duplicates, gaps, forks, takeoverMs, outageMs }) =>
    [fault, rounds, acknowledged, lost, duplicates, gaps, forks, takeoverMs ?? '–', outageMs].map(String),
  );
  const widths = HEAD.map((head, column) => Math.max(head.length, ...cells.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(' | ')} |`;
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(HEAD), line(rule), ...cells.map(line)].join('\n');
}

/** Whether no round of any fault did any damage. */
export const isUnharmed = (rows: readonly Row[]): boolean =>
  rows.every(({ lost, duplicates, gaps, forks }) => lost + duplicates + gaps + forks === 0);
