import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { homePaths } from '../home.ts';
import { silent, type Log } from '../log.ts';
import { choosePort, LOOPBACK } from '../ports.ts';
import { launch, logPath, type Launch } from '../process/launch.ts';
import { withLock } from '../process/lock.ts';
import { lastLines } from '../process/log-tail.ts';
import { runningProcess } from '../process/pid-file.ts';
import { terminate } from '../process/terminate.ts';
import { ProvisioningError } from '../provisioning-error.ts';
import { containerName, removeContainer, type ContainerEngine } from '../sources/container-engine.ts';
import { firstAvailable } from '../sources/first-available.ts';
import { writeNatsConfig } from './config.ts';
import { natsRefusal } from './login.ts';
import { NATS_ADVICE, NATS_IMAGE, natsSources, type NatsSource } from './nats-sources.ts';
import { natsPassword, NATS_USERS } from './users.ts';

export type ProvisionOptions = { readonly home: string; readonly log?: Log; readonly env?: NodeJS.ProcessEnv };

export type NatsServer = {
  /** nats://host:port, without a user: {@link natsPassword} has the passwords. */
  readonly url: string;
  /** Where it comes from, for people. */
  readonly origin: string;
  readonly started: boolean;
  /** Named by URL: not ours to start or stop. */
  readonly given: boolean;
  /** Stops the server of this home, whoever started it; a server given by URL is left alone. */
  readonly stop: () => Promise<void>;
};

const READY_TIMEOUT_MS = 15_000;
const POLL_MS = 50;
const ATTEMPTS = 3;
const IN_CONTAINER = { folder: '/causeway-nats', port: 4222 } as const;

/** A NATS server with our users and permissions: the one CAUSEWAY_NATS_URL names, the one already running for `home`, or a new one. */
export async function provisionNats({ home, log = silent, env = process.env }: ProvisionOptions): Promise<NatsServer> {
  const given = env['CAUSEWAY_NATS_URL'];
  if (given) return givenNats(home, given);
  return withLock(home, 'nats', async () => (await reusableNats(home)) ?? startNats(home, log));
}

export async function stopNats(home: string): Promise<void> {
  await terminate(home, 'nats', { signal: 'SIGTERM', graceMs: 10_000 });
}

async function givenNats(home: string, url: string): Promise<NatsServer> {
  for (const user of NATS_USERS) {
    const refusal = await natsRefusal({ url, user, password: natsPassword(home, user) });
    if (refusal === undefined) continue;
    throw new ProvisioningError(
      `CAUSEWAY_NATS_URL names ${url}, but user ${user} cannot log in there: ${refusal}. ` +
        `Run that server with deploy/nats/nats.conf and put each password into ${homePaths(home).secrets}/nats-<user>.password.`,
    );
  }
  return { url, origin: 'CAUSEWAY_NATS_URL', started: false, given: true, stop: async () => undefined };
}

async function reusableNats(home: string): Promise<NatsServer | undefined> {
  const running = runningProcess(home, 'nats');
  if (!running) return undefined;
  const inContainer = running.command.includes(NATS_IMAGE);
  const { setup } = writeNatsConfig(home, placeOf(home, running.port, inContainer));
  const url = urlOf(running.port);
  const answers = (await natsRefusal({ url, user: 'sre', password: natsPassword(home, 'sre') })) === undefined;
  if (answers && running.setup === setup) return serverOf(home, running.port, 'already running');
  await stopNats(home);
  return undefined;
}

async function startNats(home: string, log: Log): Promise<NatsServer> {
  const source = await firstAvailable(natsSources(log), NATS_ADVICE, log);
  for (let attempt = 1; ; attempt++) {
    const port = await choosePort(home, 'nats');
    await launch(home, await natsLaunch(home, source, port));
    const failure = await untilItAnswers(home, port);
    if (failure === undefined) return { ...serverOf(home, port, originOf(source)), started: true };
    await stopNats(home);
    // Between our look at the port and the server's, a stranger may have taken it.
    if (attempt === ATTEMPTS) throw new ProvisioningError(failure);
  }
}

async function natsLaunch(home: string, source: NatsSource, port: number): Promise<Launch> {
  mkdirSync(homePaths(home).nats, { recursive: true, mode: 0o700 });
  const { path, setup } = writeNatsConfig(home, placeOf(home, port, source.kind === 'container'));
  const shared = { name: 'nats', env: process.env, cwd: homePaths(home).nats, port, setup };
  if (source.kind === 'binary') return { ...shared, command: source.path, args: ['-c', path] };
  const name = await containerName(home, 'nats');
  await removeContainer(source.engine, name);
  return { ...shared, command: source.engine.command, args: natsContainerArgs(source.engine, { name, home, port }) };
}

/** Arguments that run the server in a container as a child of ours: its log is the container's, and stopping it stops the container. */
export function natsContainerArgs(
  engine: ContainerEngine,
  { name, home, port }: { readonly name: string; readonly home: string; readonly port: number },
): string[] {
  return [
    ...['run', '--rm', '--name', name, '--publish', `${LOOPBACK}:${port}:${IN_CONTAINER.port}`],
    ...(engine.kind === 'podman' ? ['--userns', 'keep-id'] : []),
    ...['--user', `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`],
    ...['--volume', `${homePaths(home).nats}:${IN_CONTAINER.folder}`],
    ...[NATS_IMAGE, '-c', `${IN_CONTAINER.folder}/nats.conf`],
  ];
}

function placeOf(home: string, port: number, inContainer: boolean): Parameters<typeof writeNatsConfig>[1] {
  return inContainer
    ? { address: '0.0.0.0', port: IN_CONTAINER.port, storeFolder: IN_CONTAINER.folder }
    : { address: LOOPBACK, port, storeFolder: homePaths(home).nats };
}

const urlOf = (port: number): string => `nats://${LOOPBACK}:${port}`;

const serverOf = (home: string, port: number, origin: string): NatsServer => ({
  url: urlOf(port),
  origin,
  started: false,
  given: false,
  stop: () => stopNats(home),
});

const originOf = (source: NatsSource): string =>
  source.kind === 'binary' ? `${source.path} ${source.version}` : `${source.engine.kind} ${NATS_IMAGE}`;

/** Undefined once the server lets us in; else why it never did. */
async function untilItAnswers(home: string, port: number): Promise<string | undefined> {
  const login = { url: urlOf(port), user: 'sre', password: natsPassword(home, 'sre') };
  const until = Date.now() + READY_TIMEOUT_MS;
  let refusal: string | undefined;
  while (Date.now() < until && runningProcess(home, 'nats')) {
    refusal = await natsRefusal(login);
    if (refusal === undefined) return undefined;
    await sleep(POLL_MS);
  }
  const path = logPath(home, 'nats');
  return `the NATS server did not come up (${refusal ?? 'it ended at once'}); its log, ${path}, ends:\n${lastLines(path, 15).join('\n')}`;
}
