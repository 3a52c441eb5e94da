import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { homePaths, readIfThere, writeWhole } from '../home.ts';
import { processIdentity } from './identity.ts';

/** A process that was started for an instance, as its pid file remembers it. */
export type KnownProcess = {
  readonly pid: number;
  /** See {@link processIdentity}: an id alone may by now belong to a stranger. */
  readonly identity: string;
  readonly startedAt: string;
  readonly command: string;
  readonly port: number;
  /** Digest of what it was started with; another digest means that it has to be restarted. */
  readonly setup: string;
};

const pidFile = (home: string, name: string): string => join(homePaths(home).pids, `${name}.json`);

export function rememberProcess(home: string, name: string, process: KnownProcess): void {
  writeWhole(pidFile(home, name), `${JSON.stringify(process, null, 2)}\n`, 0o600);
}

export function forgetProcess(home: string, name: string): void {
  rmSync(pidFile(home, name), { force: true });
}

/** What the pid file says, whether or not that process still runs; undefined when there is none or it cannot be read as one. */
export function lastProcess(home: string, name: string): KnownProcess | undefined {
  try {
    const known = JSON.parse(readIfThere(pidFile(home, name)) ?? 'null') as KnownProcess | null;
    return known && Number.isInteger(known.pid) && known.pid > 1 ? known : undefined;
  } catch {
    return undefined;
  }
}

/** The process, if it runs now and is the very one that was started: never a stranger that got its id. */
export function runningProcess(home: string, name: string): KnownProcess | undefined {
  const known = lastProcess(home, name);
  return known && processIdentity(known.pid) === known.identity ? known : undefined;
}
