import type { SoakReport } from './soak.ts';

/** Most memory, in MB, that the last third of the requests may add: what the engine keeps in reserve differs by as much. */
const MEMORY_SLACK_MB = 64;

/** Whether every answer and every sum was right, and nothing was left over. */
export const isWell = ({ wrong, sockets, memoryMb }: SoakReport): boolean =>
  wrong.length === 0 && sockets.after <= sockets.before && memoryMb.after <= memoryMb.before + MEMORY_SLACK_MB;

/** The report for people. */
export function asLines({ requests, seconds, kinds, wrong, sockets, memoryMb }: SoakReport): readonly string[] {
  const rows = Object.entries(kinds).map(
    ([kind, { asked, right }]) => `  ${kind.padEnd(12)} ${right} of ${asked} as due`,
  );
  return [
    `${requests} requests, 64 in flight, in ${seconds.toFixed(1)} s (${Math.round(requests / seconds)} a second)`,
    ...rows,
    `sockets of egress-proxy: ${sockets.before} before, ${sockets.after} after`,
    `memory of egress-proxy: ${memoryMb.before} MB after two thirds, ${memoryMb.after} MB after all`,
    wrong.length === 0 ? 'no wrong answer, every budget exact' : `${wrong.length} wrong:`,
    ...wrong.slice(0, 50).map((line) => `  ${line}`),
  ];
}
