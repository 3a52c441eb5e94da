import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { homePaths } from '../home.ts';
import { silent } from '../log.ts';
import type { ProvisionOptions } from '../nats/provision-nats.ts';
import { choosePort, LOOPBACK } from '../ports.ts';
import { launch, logPath } from '../process/launch.ts';
import { withLock } from '../process/lock.ts';
import { lastLines } from '../process/log-tail.ts';
import { runningProcess } from '../process/pid-file.ts';
import { terminate } from '../process/terminate.ts';
import { ProvisioningError, reasonOf } from '../provisioning-error.ts';
import { firstAvailable } from '../sources/first-available.ts';
import { binariesLaunch, containerLaunch, dataMajor } from './cluster.ts';
import { postgresAdvice, postgresSources, POSTGRES_IMAGE, type PostgresSource } from './postgres-sources.ts';
import { OWNER, rolePassword } from './roles.ts';

export type PostgresServer = {
  /** URL of a superuser with its password, on the database `postgres` (or the one that CAUSEWAY_POSTGRES_URL names). */
  readonly adminUrl: string;
  /** Where it comes from, for people. */
  readonly origin: string;
  readonly started: boolean;
  /** Named by URL: not ours to start or stop. */
  readonly given: boolean;
  /** Stops the server of this home, whoever started it; a server given by URL is left alone. */
  readonly stop: () => Promise<void>;
};

const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 50;
const ATTEMPTS = 3;

/** A Postgres server: the one CAUSEWAY_POSTGRES_URL names, the one already running for `home`, or a new one. */
export async function provisionPostgres({
  home,
  log = silent,
  env = process.env,
}: ProvisionOptions): Promise<PostgresServer> {
  const given = env['CAUSEWAY_POSTGRES_URL'];
  if (given) return givenPostgres(given);
  return withLock(home, 'postgres', async () => (await reusablePostgres(home)) ?? startPostgres(home, log));
}

/** Fast shutdown: open transactions are rolled back, everything committed is on disk. */
export async function stopPostgres(home: string): Promise<void> {
  await terminate(home, 'postgres', { signal: 'SIGINT', graceMs: 30_000 });
}

async function givenPostgres(adminUrl: string): Promise<PostgresServer> {
  const refusal = await postgresRefusal(adminUrl);
  if (refusal !== undefined) {
    throw new ProvisioningError(
      `CAUSEWAY_POSTGRES_URL names a server that does not let us in: ${refusal}. It has to be the URL of a superuser, with its password.`,
    );
  }
  return { adminUrl, origin: 'CAUSEWAY_POSTGRES_URL', started: false, given: true, stop: async () => undefined };
}

async function reusablePostgres(home: string): Promise<PostgresServer | undefined> {
  const running = runningProcess(home, 'postgres');
  if (!running) return undefined;
  const failure = await untilItAnswers(home, running.port);
  if (failure === undefined) return serverOf(home, running.port, 'already running');
  await stopPostgres(home);
  return undefined;
}

async function startPostgres(home: string, log: ProvisionOptions['log'] = silent): Promise<PostgresServer> {
  const written = dataMajor(home);
  const source = await firstAvailable(postgresSources(home, log, written), postgresAdvice(written), log);
  for (let attempt = 1; ; attempt++) {
    const port = await choosePort(home, 'postgres');
    await launch(home, await launchOf(home, source, port));
    const failure = await untilItAnswers(home, port);
    if (failure === undefined) return { ...serverOf(home, port, originOf(source)), started: true };
    await stopPostgres(home);
    // Between our look at the port and the server's, a stranger may have taken it.
    if (attempt === ATTEMPTS) throw new ProvisioningError(failure);
  }
}

const launchOf = (home: string, source: PostgresSource, port: number): ReturnType<typeof binariesLaunch> =>
  source.kind === 'binaries' ? binariesLaunch(home, source, port) : containerLaunch(home, source.engine, port);

const originOf = (source: PostgresSource): string =>
  source.kind === 'binaries'
    ? `${source.folder} (PostgreSQL ${source.major})`
    : `${source.engine.kind} ${POSTGRES_IMAGE}`;

function adminUrlOf(home: string, port: number): string {
  return `postgres://${OWNER}:${rolePassword(homePaths(home).secrets, OWNER)}@${LOOPBACK}:${port}/postgres`;
}

const serverOf = (home: string, port: number, origin: string): PostgresServer => ({
  adminUrl: adminUrlOf(home, port),
  origin,
  started: false,
  given: false,
  stop: () => stopPostgres(home),
});

/** Why we cannot log in and ask something; undefined when we can. */
export async function postgresRefusal(url: string): Promise<string | undefined> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: 3_000,
    application_name: 'causeway-provisioning',
  });
  // A server that goes away while we are connected is reported by the query, too.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return undefined;
  } catch (error) {
    return reasonOf(error) || 'it cannot be reached';
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Undefined once the server lets us in; else why it never did. */
async function untilItAnswers(home: string, port: number): Promise<string | undefined> {
  const until = Date.now() + READY_TIMEOUT_MS;
  let refusal: string | undefined;
  while (Date.now() < until && runningProcess(home, 'postgres')) {
    refusal = await postgresRefusal(adminUrlOf(home, port));
    if (refusal === undefined) return undefined;
    await sleep(POLL_MS);
  }
  const path = logPath(home, 'postgres');
  return `Postgres did not come up (${refusal ?? 'it ended at once'}); its log, ${path}, ends:\n${lastLines(path, 15).join('\n')}`;
}
