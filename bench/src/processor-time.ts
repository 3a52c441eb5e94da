import { readdirSync, readFileSync } from 'node:fs';
import { median } from './load.ts';

/** Processor time by part, in seconds used so far; or in microseconds for each event. */
export type ProcessorTime = { readonly [part: string]: number };

/** Processes by part. */
export type ProcessesByPart = { readonly [part: string]: readonly number[] };

const MICROSECONDS = 1_000_000;
/** USER_HZ, which Linux keeps at 100 for programs whatever the kernel's own clock is. */
const TICKS_A_SECOND = 100;

/**
 * What these processes and their children have used so far; undefined where the system does not tell, or where one of them is not there.
 * Source: proc_pid_stat(5).
 */
export function processorTimeOf(parts: ProcessesByPart): ProcessorTime | undefined {
  const all = processes();
  const byId = new Map(all.map((each) => [each.pid, each]));
  const timeOf = (pid: number): number => {
    const root = byId.get(pid);
    if (!root) return NaN;
    const children = all.filter(({ parent }) => parent === pid);
    return [root, ...children].reduce((sum, { seconds }) => sum + seconds, root.endedChildrenSeconds);
  };
  const times = Object.entries(parts).map(
    ([part, pids]) => [part, pids.reduce((sum, pid) => sum + timeOf(pid), 0)] as const,
  );
  return times.some(([, seconds]) => Number.isNaN(seconds)) ? undefined : Object.fromEntries(times);
}

/** What this process alone has used so far, in seconds, without its children. */
export function ownProcessorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / MICROSECONDS;
}

/** What was used between two readings, in microseconds for each of so many events. */
export const perEvent = (before: ProcessorTime, after: ProcessorTime, events: number): ProcessorTime =>
  Object.fromEntries(
    Object.entries(after).map(([part, seconds]) => [part, ((seconds - (before[part] ?? 0)) * MICROSECONDS) / events]),
  );

export const totalOf = (time: ProcessorTime): number => Object.values(time).reduce((sum, part) => sum + part, 0);

/** The median of each part over several readings of the same parts. */
export const medianTime = (times: readonly ProcessorTime[]): ProcessorTime =>
  Object.fromEntries(Object.keys(times[0] ?? {}).map((part) => [part, median(times.map((each) => each[part] ?? 0))]));

type Process = {
  readonly pid: number;
  readonly parent: number;
  readonly program: string;
  readonly seconds: number;
  readonly endedChildrenSeconds: number;
};

/** Name of a running program; undefined when it is gone, or where the system does not tell. */
export function programOf(pid: number): string | undefined {
  const stat = contentOf(`/proc/${pid}/stat`);
  return stat === undefined ? undefined : processOf(stat).program;
}

function processes(): readonly Process[] {
  return filesIn('/proc').flatMap((name) => {
    const stat = /^\d+$/.test(name) ? contentOf(`/proc/${name}/stat`) : undefined;
    return stat === undefined ? [] : [processOf(stat)];
  });
}

/** `pid (program) state ppid …`: the program may hold spaces and parentheses, so what follows is counted from the last one. */
export function processOf(stat: string): Process {
  const end = stat.lastIndexOf(')');
  const fields = stat.slice(end + 2).split(' ');
  const seconds = (...indexes: readonly number[]) =>
    indexes.reduce((sum, index) => sum + Number(fields[index]), 0) / TICKS_A_SECOND;
  return {
    pid: Number.parseInt(stat, 10),
    parent: Number(fields[1]),
    program: stat.slice(stat.indexOf('(') + 1, end),
    seconds: seconds(11, 12),
    endedChildrenSeconds: seconds(13, 14),
  };
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Undefined where there is none: processes end while we look. */
function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
