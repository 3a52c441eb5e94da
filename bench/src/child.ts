import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export type Child = { readonly ready: unknown; readonly stop: () => Promise<void> };

/** Starts a program of this folder as a process of its own and waits for its first message, which says that it is ready. */
export async function startChild(file: string, env: Readonly<Record<string, string>>): Promise<Child> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@causeway/source', path], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`${file} ended with status ${String(code)} before it was ready`);
  });
  const [ready] = (await Promise.race([once(child, 'message'), gone])) as [unknown];
  gone.catch(() => {});
  return {
    ready,
    stop: async () => {
      if (child.exitCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}
