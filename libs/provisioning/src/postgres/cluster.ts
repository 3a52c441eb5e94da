import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { homePaths, readIfThere, writeWhole } from '../home.ts';
import { LOOPBACK } from '../ports.ts';
import { setupDigest, type Launch } from '../process/launch.ts';
import { run } from '../process/run.ts';
import { repositoryRoot } from '../repository.ts';
import { containerName, removeContainer, type ContainerEngine } from '../sources/container-engine.ts';
import type { PostgresBinaries } from './binaries.ts';
import { POSTGRES_IMAGE } from './postgres-sources.ts';
import { OWNER, rolePassword, rolePasswordFile } from './roles.ts';
import { giveFolder, notAsRoot, type RunAs } from './run-as.ts';

const INITDB_TIMEOUT_MS = 120_000;
const SETTINGS = join(repositoryRoot, 'deploy', 'postgres', 'postgresql.conf');

export const dataFolder = (home: string): string => join(homePaths(home).postgres, 'data');

/** Major version of the Postgres that wrote the data of this home; undefined when there is no data yet. */
export function dataMajor(home: string): number | undefined {
  const version = readIfThere(join(dataFolder(home), 'PG_VERSION'));
  return version === undefined ? undefined : Number.parseInt(version);
}

/** What to start for a server with these binaries on this port; makes the data folder the first time. */
export async function binariesLaunch(home: string, binaries: PostgresBinaries, port: number): Promise<Launch> {
  const data = dataFolder(home);
  mkdirSync(homePaths(home).postgres, { recursive: true, mode: 0o700 });
  const runAs = await notAsRoot();
  if (dataMajor(home) === undefined) await initialise(home, binaries, runAs);
  cpSync(SETTINGS, join(data, 'postgresql.conf'));
  await giveFolder(homePaths(home).postgres, runAs);
  const server = [
    join(binaries.folder, 'postgres'),
    '-D',
    data,
    ...listen(LOOPBACK, port),
    '-c',
    'unix_socket_directories=',
  ];
  const [command = '', ...args] = [...runAs.prefix, ...server];
  const setup = setupDigest({ port });
  return {
    name: 'postgres',
    command,
    args,
    env: localeFree(),
    cwd: data,
    port,
    setup,
    ...(runAs.user && { runAs: runAs.user }),
  };
}

async function initialise(home: string, binaries: PostgresBinaries, runAs: RunAs): Promise<void> {
  const { postgres, secrets } = homePaths(home);
  const passwordFile = join(postgres, 'initdb.password');
  const data = dataFolder(home);
  // Without PG_VERSION, whatever is there was left by an initdb that was interrupted.
  if (existsSync(data)) rmSync(data, { recursive: true });
  mkdirSync(data, { mode: 0o700 });
  writeWhole(passwordFile, `${rolePassword(secrets, OWNER)}\n`, 0o600);
  await giveFolder(postgres, runAs);
  const wishes = ['--encoding=UTF8', '--locale=C', '--data-checksums', '--auth=scram-sha-256', '--no-instructions'];
  const initdb = [
    join(binaries.folder, 'initdb'),
    '-D',
    data,
    `--username=${OWNER}`,
    `--pwfile=${passwordFile}`,
    ...wishes,
  ];
  const [command = '', ...args] = [...runAs.prefix, ...initdb];
  const as = runAs.user ? { runAs: runAs.user } : {};
  try {
    await run(command, args, { cwd: postgres, env: localeFree(), timeoutMs: INITDB_TIMEOUT_MS, ...as });
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** Postgres refuses to start under a locale that the system lacks, and needs none. */
function localeFree(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C' };
}

const listen = (address: string, port: number): string[] => ['-c', `listen_addresses=${address}`, '-c', `port=${port}`];

/** What to start for a server in a container, as a child of ours; its data is in the engine's volume of the same name. */
export async function containerLaunch(home: string, engine: ContainerEngine, port: number): Promise<Launch> {
  const name = await containerName(home, 'postgres');
  await removeContainer(engine, name);
  rolePassword(homePaths(home).secrets, OWNER);
  const args = postgresContainerArgs({ name, port, passwordFile: rolePasswordFile(homePaths(home).secrets, OWNER) });
  return {
    name: 'postgres',
    command: engine.command,
    args,
    env: process.env,
    cwd: home,
    port,
    setup: setupDigest({ port }),
  };
}

export function postgresContainerArgs(place: {
  readonly name: string;
  readonly port: number;
  readonly passwordFile: string;
}): string[] {
  return [
    ...['run', '--rm', '--name', place.name, '--shm-size', '512m', '--publish', `${LOOPBACK}:${place.port}:5432`],
    ...['--volume', `${place.name}:/var/lib/postgresql/data`],
    ...['--volume', `${place.passwordFile}:/run/secrets/owner.password:ro`],
    ...['--volume', `${SETTINGS}:/etc/causeway/postgresql.conf:ro`],
    ...['--env', `POSTGRES_USER=${OWNER}`, '--env', 'POSTGRES_PASSWORD_FILE=/run/secrets/owner.password'],
    ...['--env', 'POSTGRES_INITDB_ARGS=--encoding=UTF8 --locale=C --data-checksums --auth-host=scram-sha-256'],
    ...[POSTGRES_IMAGE, '-c', 'config_file=/etc/causeway/postgresql.conf', ...listen('*', 5432)],
  ];
}
