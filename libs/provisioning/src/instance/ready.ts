import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { knownPorts, LOOPBACK } from '../ports.ts';
import { logPath } from '../process/launch.ts';
import { lastLines } from '../process/log-tail.ts';
import { runningProcess } from '../process/pid-file.ts';
import { ProvisioningError } from '../provisioning-error.ts';
import { defaultHome } from '../repository.ts';
import type { ProcessName } from './services.ts';

const READY_TIMEOUT_MS = 60_000;
const PROBE_TIMEOUT_MS = 2_000;
const POLL_MS = 100;
const SHOWN_LINES = 20;

/** The HTTP status of a service's `/readyz`; undefined when nothing answers. */
export function readyStatus(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const request = get(
      { host: LOOPBACK, port, path: '/readyz', timeout: PROBE_TIMEOUT_MS, agent: false },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(undefined));
  });
}

/**
 * Waits until a service or the witness answers 200 on `/readyz`, at most `timeoutMs` (default 60,000). When it does not, or its process ends before, the
 * error shows the end of its log.
 */
export async function waitReady(
  name: ProcessName,
  { home = defaultHome(), timeoutMs = READY_TIMEOUT_MS }: { readonly home?: string; readonly timeoutMs?: number } = {},
): Promise<void> {
  const until = Date.now() + timeoutMs;
  let last: number | undefined;
  while (Date.now() < until) {
    if (!runningProcess(home, name)) throw notReady(home, name, 'its process ended');
    last = await readyStatus(knownPorts(home)[name] ?? 0);
    if (last === 200) return;
    await sleep(POLL_MS);
  }
  throw notReady(
    home,
    name,
    `/readyz ${last === undefined ? 'did not answer' : `answered ${last}`} for ${timeoutMs} ms`,
  );
}

function notReady(home: string, name: ProcessName, why: string): ProvisioningError {
  const path = logPath(home, name);
  const lines = lastLines(path, SHOWN_LINES).map((line) => `  | ${line}`);
  return new ProvisioningError([`${name} is not ready: ${why}. The end of its log, ${path}:`, ...lines].join('\n'));
}
