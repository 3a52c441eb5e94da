import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { repositoryRoot } from '@causeway/provisioning';

export type Program = {
  /** Relative to the repository. */
  readonly path: string;
  readonly args?: readonly string[];
  /** Its whole environment, but for PATH. */
  readonly env?: { readonly [name: string]: string };
  readonly onLine?: (line: string) => void;
};

export type ChildProgram = {
  /** The exit code; undefined when a signal ended it. */
  readonly ended: Promise<number | undefined>;
  readonly isRunning: () => boolean;
  /** Ends it if it still runs. */
  readonly stop: () => Promise<void>;
};

/** Runs one of the repository's programs from source, as a process of its own that knows nothing of our environment. */
export function runChild({ path, args = [], env = {}, onLine = () => {} }: Program): ChildProgram {
  const program = join(repositoryRoot, path);
  const child = spawn(process.execPath, ['--conditions=@causeway/source', program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C reaches us alone: we stop our programs in order.
    detached: true,
    env: { PATH: process.env['PATH'], ...env },
  });
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', onLine);
  let running = true;
  const ended = new Promise<number | undefined>((resolve, reject) => {
    child.once('error', reject);
    // `close` comes after the last line of output, `exit` may come before it.
    child.once('close', (code) => {
      running = false;
      resolve(code ?? undefined);
    });
  });
  return {
    ended,
    isRunning: () => running,
    stop: async () => {
      child.kill('SIGTERM');
      await ended.catch(() => undefined);
    },
  };
}
