import { randomBytes } from 'node:crypto';
import { updateInstance } from '../instance-record.ts';
import { run, succeeds } from '../process/run.ts';
import { findCommand } from './command-path.ts';

export type ContainerEngine = { readonly command: string; readonly kind: 'docker' | 'podman' };

const ANSWER_TIMEOUT_MS = 5_000;
const PULL_TIMEOUT_MS = 300_000;

/** Docker or podman, when it is installed and answers. */
export async function findContainerEngine(): Promise<ContainerEngine | undefined> {
  for (const kind of ['docker', 'podman'] as const) {
    const command = findCommand(kind);
    if (command && (await succeeds(command, ['info'], { timeoutMs: ANSWER_TIMEOUT_MS }))) return { command, kind };
  }
  return undefined;
}

/** Name of an instance's container or volume; two clones on one machine never meet, for each has an id of its own. */
export async function containerName(home: string, what: string): Promise<string> {
  const { id } = await updateInstance(home, (record) => ({ id: record.id ?? randomBytes(4).toString('hex') }));
  return `causeway-${id}-${what}`;
}

/** Removes what an engine that was killed may have left under this name. */
export async function removeContainer(engine: ContainerEngine, name: string): Promise<void> {
  await succeeds(engine.command, ['rm', '--force', name]);
}

/** Makes sure that the engine has an image, so that starting a container from it takes no longer than starting a process. */
export async function ensureImage(engine: ContainerEngine, image: string): Promise<void> {
  if (await succeeds(engine.command, ['image', 'inspect', image])) return;
  await run(engine.command, ['pull', image], { timeoutMs: PULL_TIMEOUT_MS });
}
