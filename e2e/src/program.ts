import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot } from '@causeway/provisioning';

export type Ended = { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string };

/** Runs one of the repository's programs from source on the instance in `home`, to its end. `path` is relative to the repository. */
export function runProgram(home: string, path: string, args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, ['--conditions=@causeway/source', join(repositoryRoot, path), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, CAUSEWAY_HOME: home, NODE_OPTIONS: '' },
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, ...said }));
  });
}

/** `./causeway <verb> …` on the instance in `home`. */
export const causeway = (home: string, ...args: readonly string[]): Promise<Ended> =>
  runProgram(home, 'cli/src/main.ts', args);
