import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { homePaths } from '../home.ts';
import { ProvisioningError, reasonOf } from '../provisioning-error.ts';
import { processIdentity } from './identity.ts';
import { rememberProcess, type KnownProcess } from './pid-file.ts';

export type Launch = {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly port: number;
  /** Digest of what decides how it behaves, see {@link setupDigest}. */
  readonly setup: string;
  /** User and group to run as; left out, our own. */
  readonly runAs?: { readonly uid: number; readonly gid: number };
};

const LOG_ROLL_BYTES = 16 * 1024 * 1024;

export const logPath = (home: string, name: string): string => join(homePaths(home).logs, `${name}.log`);

/** Digest of what a process is started with, so that a changed port, path or setting is noticed. */
export function setupDigest(setup: unknown): string {
  return createHash('sha256').update(JSON.stringify(setup)).digest('hex');
}

/** Starts a process of its own that outlives us, its output appended to `logs/<name>.log`, and writes its pid file. */
export async function launch(home: string, what: Launch): Promise<KnownProcess> {
  const output = openLog(logPath(home, what.name));
  try {
    const child = spawn(what.command, what.args, {
      cwd: what.cwd,
      env: what.env,
      detached: true,
      stdio: ['ignore', output, output],
      ...what.runAs,
    });
    await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    child.unref();
    const pid = child.pid ?? 0;
    const known: KnownProcess = {
      pid,
      // A process that ended at once has no identity any more; the empty one never matches.
      identity: processIdentity(pid) ?? '',
      startedAt: new Date().toISOString(),
      command: [what.command, ...what.args].join(' '),
      port: what.port,
      setup: what.setup,
    };
    rememberProcess(home, what.name, known);
    return known;
  } catch (error) {
    throw new ProvisioningError(`could not start ${what.name}: ${reasonOf(error)}`, { cause: error });
  } finally {
    closeSync(output);
  }
}

function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  const sizeBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (sizeBytes > LOG_ROLL_BYTES) renameSync(path, `${path}.1`);
  return openSync(path, 'a', 0o600);
}
