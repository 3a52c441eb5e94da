import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { homePaths, NATS_USERS, natsPassword, repositoryRoot, rolePassword, withLock } from '@causeway/provisioning';

export const NATS_IMAGE = 'nats:2.12';
export const POSTGRES_IMAGE = 'postgres:17';

const CHECK_MS = 2_000;
const OWNER = 'causeway_owner';
const NATS_FOLDER = '/causeway-nats';

let answer: Promise<boolean> | undefined;

/** Whether a container engine answers and has both images, or can get them; asked once, and no longer than about two seconds each. */
export function containersServe(): Promise<boolean> {
  answer ??= docker('info').then(
    (isThere) => isThere && Promise.all([hasImage(NATS_IMAGE), hasImage(POSTGRES_IMAGE)]).then(all),
  );
  return answer;
}

const all = (answers: readonly boolean[]): boolean => answers.every(Boolean);

const hasImage = async (image: string): Promise<boolean> =>
  (await docker('image', 'inspect', image)) || docker('manifest', 'inspect', image);

/** Whether the command ended well in time. */
export function docker(...args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => execFile('docker', args, { timeout: CHECK_MS }, (error) => resolve(error === null)));
}

/** Our containers are removed by ourselves, so the library's own cleaner, one more image, is not needed. */
async function testcontainers() {
  process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
  process.env['TESTCONTAINERS_REUSE_ENABLE'] ??= 'true';
  return import('testcontainers');
}

/** A NATS server that can be taken away and brought back. */
export type BusServer = {
  readonly url: string;
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly remove: () => Promise<void>;
};

/** A NATS server with deploy/nats/nats.conf in a container of this name; it keeps its port over {@link BusServer.stop}. */
export async function natsInContainer(home: string, name: string, port: number): Promise<BusServer> {
  const { GenericContainer, Wait } = await testcontainers();
  const files = {
    'nats.conf': readFileSync(join(repositoryRoot, 'deploy', 'nats', 'nats.conf'), 'utf8'),
    'instance.conf': `listen_address: "0.0.0.0"\nlisten_port: 4222\njetstream_dir: "${NATS_FOLDER}"\njetstream_max_memory: 64MB\njetstream_max_file: 20GB\n`,
    'secrets.conf': NATS_USERS.map(
      (user) => `${user.replaceAll('-', '_')}_password: "${natsPassword(home, user)}"\n`,
    ).join(''),
  };
  const container = await new GenericContainer(NATS_IMAGE)
    .withName(name)
    .withExposedPorts({ container: 4222, host: port })
    .withCopyContentToContainer(
      Object.entries(files).map(([file, content]) => ({ content, target: `${NATS_FOLDER}/${file}` })),
    )
    .withCommand(['-c', `${NATS_FOLDER}/nats.conf`])
    .withWaitStrategy(Wait.forLogMessage('Server is ready'))
    .start();
  return {
    url: `nats://${container.getHost()}:${port}`,
    start: () => container.restart(),
    stop: async () => void (await container.stop({ remove: false })),
    remove: async () => void (await docker('rm', '--force', '--volumes', name)),
  };
}

/** URL of the superuser of a Postgres in a container, started when it does not run and shared by every test run of this clone. */
export function postgresInContainer(home: string): Promise<string> {
  return withLock(home, 'postgres', async () => {
    const { GenericContainer, Wait } = await testcontainers();
    const password = rolePassword(homePaths(home).secrets, OWNER);
    const container = await new GenericContainer(POSTGRES_IMAGE)
      .withEnvironment({
        POSTGRES_USER: OWNER,
        POSTGRES_PASSWORD: password,
        POSTGRES_INITDB_ARGS: '--encoding=UTF8 --locale=C',
      })
      .withCommand(['-c', 'max_connections=200'])
      .withLabels({ 'dev.causeway.test': home })
      .withExposedPorts(5432)
      .withWaitStrategy(Wait.forLogMessage('database system is ready to accept connections', 2))
      .withReuse()
      .start();
    return `postgres://${OWNER}:${password}@${container.getHost()}:${container.getMappedPort(5432)}/postgres`;
  });
}
