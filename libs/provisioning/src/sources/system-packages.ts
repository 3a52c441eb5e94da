import { existsSync } from 'node:fs';
import type { Log } from '../log.ts';
import { run } from '../process/run.ts';
import { findCommand } from './command-path.ts';

const INSTALL_TIMEOUT_MS = 300_000;
const LOCK = '/run/lock/causeway-apt';

/** Whether we may install packages on this system: root on Debian or one of its kin. */
export function canInstallSystemPackages(): boolean {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && findCommand('apt-get') !== undefined;
}

/** Installs one Debian package without what it merely recommends. Waits while another process of ours installs one. */
export async function installSystemPackage(name: string, log: Log): Promise<void> {
  log(`installing the system package ${name} (apt-get)`);
  await aptGet(['update']);
  await aptGet(['install', '-y', '--no-install-recommends', name]);
}

/** apt-get fails where another one works; flock is part of every Debian. */
async function aptGet(args: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const waiting = ['--wait', String(INSTALL_TIMEOUT_MS / 1000), LOCK, 'apt-get', ...args];
  await run('flock', waiting, { env, timeoutMs: 2 * INSTALL_TIMEOUT_MS });
}
