import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { natsPassword, natsPasswordFile, provisionNats, stopNats, type NatsUser } from '@causeway/provisioning';
import { containersServe, docker, natsInContainer, type BusServer } from './containers.ts';
import { isRunning, testFolder } from './place.ts';

/** A NATS server with the users and permissions of deploy/nats/nats.conf, for one spec file alone: subjects of two files never meet. */
export type TestNats = {
  /** nats://host:port */
  readonly url: string;
  readonly passwordOf: (user: NatsUser) => string;
  readonly passwordFileOf: (user: NatsUser) => string;
  /** Starts it again after {@link stop}, on the same port and with what JetStream had stored. */
  readonly start: () => Promise<void>;
  /** Ends the server as an outage would; what JetStream stored stays. */
  readonly stop: () => Promise<void>;
  /** Ends the server and forgets everything it stored. */
  readonly remove: () => Promise<void>;
};

/** Test servers stay away from the ports of instances and from those the system hands out. */
const PORTS = { from: 21_000, to: 30_000 } as const;
const HOME = /^nats-(\d+)-[0-9a-f]+$/;

export const preferredPort = (): number => randomInt(PORTS.from, PORTS.to);

/**
 * Starts a server of one's own: in a container where an engine has the images, else as a process. Throws ProvisioningError, which says what
 * is missing, when none can be had.
 */
export async function testNats(): Promise<TestNats> {
  await removeAbandoned();
  const name = `nats-${process.pid}-${randomBytes(4).toString('hex')}`;
  const home = join(testFolder, name);
  mkdirSync(home, { recursive: true });
  const server = (await containersServe())
    ? await natsInContainer(home, containerOf(name), preferredPort())
    : await natsAsProcess(home);
  return {
    ...server,
    passwordOf: (user) => natsPassword(home, user),
    passwordFileOf: (user) => natsPasswordFile(home, user),
    remove: async () => {
      await server.remove();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

const containerOf = (name: string): string => `causeway-test-${name}`;

async function natsAsProcess(home: string): Promise<BusServer> {
  writeFileSync(join(home, 'instance.json'), JSON.stringify({ version: 1, ports: { nats: preferredPort() } }));
  const start = () => provisionNats({ home, env: {} });
  const { url } = await start();
  const stop = () => stopNats(home);
  return { url, start: async () => void (await start()), stop, remove: stop };
}

/** A test run that was killed could not stop its servers; the next one does. */
async function removeAbandoned(): Promise<void> {
  if (!existsSync(testFolder)) return;
  for (const name of readdirSync(testFolder)) {
    const pid = HOME.exec(name)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    await stopNats(join(testFolder, name));
    if (await containersServe()) await docker('rm', '--force', '--volumes', containerOf(name));
    rmSync(join(testFolder, name), { recursive: true, force: true });
  }
}
