import { setTimeout as sleep } from 'node:timers/promises';
import { forgetProcess, runningProcess } from './pid-file.ts';

export type Termination = {
  readonly signal: NodeJS.Signals;
  /** How long the process may take to end by itself, in ms, before it is killed. */
  readonly graceMs: number;
};

const POLL_MS = 25;

/** Ends a process of the instance if it runs. Resolves, once it is gone, to whether it ended by itself; true when it was not running. */
export async function terminate(home: string, name: string, { signal, graceMs }: Termination): Promise<boolean> {
  const known = runningProcess(home, name);
  if (known) send(known.pid, signal);
  const inTime = await isGone(home, name, graceMs);
  if (!inTime && known) {
    send(known.pid, 'SIGKILL');
    await isGone(home, name, graceMs);
  }
  forgetProcess(home, name);
  return inTime;
}

/** Sends a signal to a process of the instance; false when it does not run. */
export function signalProcess(home: string, name: string, signal: NodeJS.Signals): boolean {
  const known = runningProcess(home, name);
  return known ? send(known.pid, signal) : false;
}

/** Waits until the process is gone, at most `timeoutMs`; whether it is. */
export async function isGone(home: string, name: string, timeoutMs: number): Promise<boolean> {
  const until = Date.now() + timeoutMs;
  while (runningProcess(home, name)) {
    if (Date.now() >= until) return false;
    await sleep(POLL_MS);
  }
  return true;
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
