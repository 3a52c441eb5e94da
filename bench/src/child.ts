import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Child = {
  readonly pid: number;
  /** Its first message. */
  readonly ready: unknown;
  /** Sends it a message and waits for the one it answers with. One call at a time. Throws when it ends before. */
  readonly call: (message: unknown) => Promise<unknown>;
  readonly stop: () => Promise<void>;
};

/** Starts a program of this folder, or of another by its whole path, as a process of its own and waits for its first message, which says that it is ready. */
export async function startChild(file: string, env: Readonly<Record<string, string>>): Promise<Child> {
  const path = isAbsolute(file) ? file : fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@causeway/source', path], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`${file} ended with status ${String(code)} while it was needed; what it wrote stands above`);
  });
  gone.catch(() => {});
  const nextMessage = async (): Promise<unknown> => {
    const [message] = (await Promise.race([once(child, 'message'), gone])) as [unknown];
    return message;
  };
  return {
    pid: child.pid ?? 0,
    ready: await nextMessage(),
    call: (message) => {
      const answer = nextMessage();
      child.send(message as object);
      return answer;
    },
    stop: async () => {
      if (child.exitCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}
