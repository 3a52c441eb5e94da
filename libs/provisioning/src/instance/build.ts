import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { homePaths, readIfThere, writeWhole } from '../home.ts';
import type { Log } from '../log.ts';
import { withLock } from '../process/lock.ts';
import { run } from '../process/run.ts';
import { repositoryRoot } from '../repository.ts';
import { witnessMain } from '../witness/witness-process.ts';
import { SERVICE_NAMES, type ServiceName } from './services.ts';

const BUILD_TIMEOUT_MS = 600_000;

export const serviceMain = (name: ServiceName): string => join(repositoryRoot, 'services', name, 'dist', 'main.js');

/** Compiles the services, the witness and what they import, unless nothing has changed since the last time. Returns whether it did. */
export async function buildServices(log: Log): Promise<boolean> {
  // The build belongs to the clone, wherever an instance keeps its data.
  const home = join(repositoryRoot, '.causeway');
  const stamp = join(homePaths(home).stamps, 'build');
  return withLock(home, 'build', async () => {
    const fingerprint = sourcesFingerprint(repositoryRoot);
    const mains = [...SERVICE_NAMES.map(serviceMain), witnessMain];
    if (readIfThere(stamp) === fingerprint && mains.every((main) => existsSync(main))) return false;
    log('building the services');
    const projects = [...SERVICE_NAMES.map((name) => join('services', name)), 'witness'];
    const tsc = join(repositoryRoot, 'node_modules', 'typescript', 'bin', 'tsc');
    await run(process.execPath, [tsc, '-b', ...projects], { cwd: repositoryRoot, timeoutMs: BUILD_TIMEOUT_MS });
    writeWhole(stamp, fingerprint);
    return true;
  });
}

/** Changes whenever a source file, a project file or the lock file of the clone does. */
export function sourcesFingerprint(root: string): string {
  const files = ['package-lock.json', 'tsconfig.base.json'];
  const grouped = ['libs', 'services'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(group, name)),
  );
  for (const folder of [...grouped, 'witness']) {
    files.push(join(folder, 'package.json'), join(folder, 'tsconfig.json'), ...sourceFiles(root, join(folder, 'src')));
  }
  const states = files.sort().map((file) => {
    const state = statSync(join(root, file), { throwIfNoEntry: false });
    return `${file} ${state?.mtimeMs} ${state?.size}`;
  });
  return createHash('sha256').update(states.join('\n')).digest('hex');
}

function sourceFiles(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .map((file) => join(folder, file));
}
