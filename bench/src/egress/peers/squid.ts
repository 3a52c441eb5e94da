import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { canInstallSystemPackages, findCommand, installSystemPackage, reasonOf } from '@causeway/provisioning';
import type { ProxyProcess } from '../proxies.ts';

export const SQUID = 'peer: Squid';
const START_TIMEOUT_MS = 20_000;
const SQUID_FOLDERS = ['/usr/sbin', '/usr/local/sbin'];
const find = (): string | undefined => findCommand('squid') ?? findCommand('squid', SQUID_FOLDERS);

export type Found = { readonly program: string } | { readonly missing: string };

/** Squid of this system, or of Debian's package, which is installed where that is possible. */
export async function findSquid(log: (line: string) => void): Promise<Found> {
  try {
    if (!find() && canInstallSystemPackages()) await installSystemPackage('squid', log);
  } catch (error) {
    return { missing: `Squid is left out: its package could not be installed: ${reasonOf(error)}` };
  }
  const program = find();
  if (program) return { program };
  return { missing: 'Squid is left out: it is not on this system (Debian: apt-get install squid)' };
}

/** Squid as a forward proxy that lets everything through, keeps nothing and writes no log: one process, in the foreground. */
export async function startSquid(program: string): Promise<ProxyProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-squid-'));
  const port = await freePort();
  const file = join(folder, 'squid.conf');
  writeFileSync(file, `${settings(port).join('\n')}\n`);
  const child = spawn(program, ['-N', '-f', file], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const until = Date.now() + START_TIMEOUT_MS;
  while (!(await isListening(port))) {
    if (child.exitCode === null && Date.now() < until) {
      await sleep(50);
      continue;
    }
    await stop();
    throw new Error(`squid did not start within ${START_TIMEOUT_MS} ms; what it wrote stands above`);
  }
  return { port, pid: child.pid ?? 0, stop };
}

const settings = (port: number): readonly string[] => [
  `http_port 127.0.0.1:${port}`,
  'http_access allow all',
  'cache deny all',
  'cache_mem 8 MB',
  'access_log none',
  'cache_store_log none',
  'cache_log /dev/null',
  'pid_filename none',
  'coredump_dir none',
  'pinger_enable off',
  'max_filedescriptors 4096',
  'shutdown_lifetime 0 seconds',
];

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
