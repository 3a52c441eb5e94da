import { execFile } from 'node:child_process';
import { ProvisioningError } from '../provisioning-error.ts';

export type RunOptions = {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Default 30,000 ms. */
  readonly timeoutMs?: number;
  readonly runAs?: { readonly uid: number; readonly gid: number };
};

const SHOWN_LINES = 15;

/** Runs a command to its end and returns what it wrote to standard output. When it fails, the error carries its last lines. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { timeoutMs = 30_000, runAs, ...rest } = options;
  const settings = { ...rest, ...runAs, timeout: timeoutMs, maxBuffer: 16 * 1024 * 1024, encoding: 'utf8' as const };
  return new Promise((resolve, reject) => {
    execFile(command, args, settings, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const shown = `${stdout}\n${stderr}`.trim().split('\n').slice(-SHOWN_LINES).join('\n');
      const how = error.killed ? `did not end within ${timeoutMs} ms` : 'failed';
      reject(new ProvisioningError(`${command} ${args.join(' ')} ${how}: ${shown || error.message}`, { cause: error }));
    });
  });
}

/** Whether a command ends well. */
export async function succeeds(command: string, args: readonly string[], options: RunOptions = {}): Promise<boolean> {
  try {
    await run(command, args, options);
    return true;
  } catch {
    return false;
  }
}
