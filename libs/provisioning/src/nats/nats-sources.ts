import type { Log } from '../log.ts';
import { run } from '../process/run.ts';
import { ProvisioningError } from '../provisioning-error.ts';
import { findCommand, pathFolders } from '../sources/command-path.ts';
import { ensureImage, findContainerEngine, type ContainerEngine } from '../sources/container-engine.ts';
import type { Source } from '../sources/first-available.ts';
import { canInstallSystemPackages, installSystemPackage } from '../sources/system-packages.ts';

export type NatsSource =
  | { readonly kind: 'binary'; readonly path: string; readonly version: string }
  | { readonly kind: 'container'; readonly engine: ContainerEngine };

export const NATS_IMAGE = 'nats:2.12';
const OLDEST = [2, 9] as const;

export const NATS_ADVICE =
  'NATS server 2.9 or newer is needed and none could be found or installed. Install nats-server (Debian: apt-get install nats-server; ' +
  'macOS: brew install nats-server), start Docker or podman, or set CAUSEWAY_NATS_URL to a running server that uses deploy/nats/nats.conf.';

/** nats-server on PATH, or in /usr/sbin, which a plain user's PATH often lacks. */
export async function findNatsBinary(
  folders: readonly string[] = [...pathFolders(), '/usr/sbin', '/usr/local/bin'],
): Promise<NatsSource | undefined> {
  const path = findCommand('nats-server', folders);
  if (!path) return undefined;
  const version = /v?(\d+\.\d+\.\d+)/.exec(await run(path, ['--version']))?.[1] ?? '';
  if (!isNewEnough(version))
    throw new ProvisioningError(`${path} is version ${version || 'unknown'}, older than ${OLDEST.join('.')}`);
  return { kind: 'binary', path, version };
}

/** Whether a version such as 2.10.3 is at least the oldest that has what Causeway uses. */
export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

async function installNats(log: Log): Promise<NatsSource | undefined> {
  if (!canInstallSystemPackages()) return undefined;
  await installSystemPackage('nats-server', log);
  return findNatsBinary();
}

async function natsInContainer(): Promise<NatsSource | undefined> {
  const engine = await findContainerEngine();
  if (!engine) return undefined;
  await ensureImage(engine, NATS_IMAGE);
  return { kind: 'container', engine };
}

/** Where a NATS server can come from, in order of preference. No npm package carries one. */
export function natsSources(log: Log): readonly Source<NatsSource>[] {
  return [
    { name: 'nats-server on PATH', find: () => findNatsBinary() },
    { name: 'system packages (apt-get as root)', find: () => installNats(log) },
    { name: 'container engine (docker, podman)', find: natsInContainer },
  ];
}
