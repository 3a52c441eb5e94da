import { readFileSync } from 'node:fs';

export type Memory = {
  /** Memory that a process occupies now, and the most it ever did, in bytes; 0 where the system does not tell. */
  readonly residentBytes: number;
  readonly mostResidentBytes: number;
  /** What of it is its own, and not a part of a file, such as Node's program, which other processes share. */
  readonly ownBytes: number;
};

const KIB = 1_024;

export function memoryOf(pid: number | undefined): Memory {
  const status = pid === undefined ? '' : statusOf(pid);
  const bytes = (field: string) => Number(new RegExp(`^${field}:\\s*(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * KIB;
  return { residentBytes: bytes('VmRSS'), mostResidentBytes: bytes('VmHWM'), ownBytes: bytes('RssAnon') };
}

/** Source: proc_pid_status(5). */
function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}
