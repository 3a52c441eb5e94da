import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { natsPassword, natsPasswordFile, provisionNats, stopNats, type NatsUser } from '@causeway/provisioning';
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

/** Starts a server of one's own. Throws ProvisioningError, which says what is missing, when none can be had. */
export async function testNats(): Promise<TestNats> {
  await removeAbandoned();
  const home = join(testFolder, `nats-${process.pid}-${randomBytes(4).toString('hex')}`);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'instance.json'), JSON.stringify({ version: 1, ports: { nats: preferredPort() } }));
  const start = () => provisionNats({ home, env: {} });
  const { url } = await start();
  return {
    url,
    passwordOf: (user) => natsPassword(home, user),
    passwordFileOf: (user) => natsPasswordFile(home, user),
    start: async () => void (await start()),
    stop: () => stopNats(home),
    remove: async () => {
      await stopNats(home);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** A test run that was killed could not stop its servers; the next one does. */
async function removeAbandoned(): Promise<void> {
  if (!existsSync(testFolder)) return;
  for (const name of readdirSync(testFolder)) {
    const pid = HOME.exec(name)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    await stopNats(join(testFolder, name));
    rmSync(join(testFolder, name), { recursive: true, force: true });
  }
}
