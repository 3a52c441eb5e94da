import { readdirSync, readFileSync } from 'node:fs';
import { instanceStatus, type Instance } from '@causeway/provisioning';

/** Processor time of each part, in seconds, used so far; or in microseconds for each event. */
export type ProcessorTime = {
  readonly ledger: number;
  readonly postgres: number;
  readonly nats: number;
  /** The bench and its load processes. */
  readonly load: number;
};

const PARTS = ['ledger', 'postgres', 'nats', 'load'] as const;
const MICROSECONDS = 1_000_000;
/** USER_HZ, which Linux keeps at 100 for programs whatever the kernel's own clock is. */
const TICKS_A_SECOND = 100;

/**
 * What the parts have used so far; undefined where the system does not tell, or where a server does not run as a process of its own.
 * Source: proc_pid_stat(5).
 */
export async function processorTime(instance: Instance): Promise<ProcessorTime | undefined> {
  const status = await instanceStatus(instance.home);
  const all = processes();
  const timeOf = (name: string, program: string): number | undefined => {
    const root = all.find(({ pid }) => pid === status.find((each) => each.name === name)?.pid);
    if (!root || !root.program.startsWith(program)) return undefined;
    const children = all.filter(({ parent }) => parent === root.pid);
    return [root, ...children].reduce((sum, { seconds }) => sum + seconds, root.endedChildrenSeconds);
  };
  const times = {
    ledger: timeOf('audit-ledger', ''),
    postgres: timeOf('postgres', 'postgres'),
    nats: timeOf('nats', 'nats'),
  };
  const own = all.filter(({ pid, parent }) => pid === process.pid || (parent === process.pid && isLoad(pid)));
  const load = own.reduce((sum, { seconds }) => sum + seconds, 0);
  const { ledger, postgres, nats } = times;
  return ledger === undefined || postgres === undefined || nats === undefined
    ? undefined
    : { ledger, postgres, nats, load };
}

/** What was used between two readings, in microseconds for each of so many events. */
export function perEvent(before: ProcessorTime, after: ProcessorTime, events: number): ProcessorTime {
  const [ledger, postgres, nats, load] = PARTS.map((part) => ((after[part] - before[part]) * MICROSECONDS) / events);
  return { ledger: ledger!, postgres: postgres!, nats: nats!, load: load! };
}

export const totalOf = (time: ProcessorTime): number => PARTS.reduce((sum, part) => sum + time[part], 0);

type Process = {
  readonly pid: number;
  readonly parent: number;
  readonly program: string;
  readonly seconds: number;
  readonly endedChildrenSeconds: number;
};

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

const isLoad = (pid: number): boolean => contentOf(`/proc/${pid}/cmdline`)?.includes('load-process') === true;

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
