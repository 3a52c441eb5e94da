import { existsSync } from 'node:fs';
import type { Log } from '../log.ts';
import { run } from '../process/run.ts';
import { findCommand } from './command-path.ts';

const INSTALL_TIMEOUT_MS = 300_000;

/** Whether we may install packages on this system: root on Debian or one of its kin. */
export function canInstallSystemPackages(): boolean {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && findCommand('apt-get') !== undefined;
}

/** Installs one Debian package without what it merely recommends. */
export async function installSystemPackage(name: string, log: Log): Promise<void> {
  log(`installing the system package ${name} (apt-get)`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update'], { env, timeoutMs: INSTALL_TIMEOUT_MS });
  await run('apt-get', ['install', '-y', '--no-install-recommends', name], { env, timeoutMs: INSTALL_TIMEOUT_MS });
}
