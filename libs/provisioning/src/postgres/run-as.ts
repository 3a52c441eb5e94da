import { chownSync, lchownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run, succeeds } from '../process/run.ts';
import { ProvisioningError } from '../provisioning-error.ts';
import { findCommand } from '../sources/command-path.ts';

/** How to run a program that refuses to run as root: through a command in front of it, as another user, or as it is. */
export type RunAs = {
  readonly prefix: readonly string[];
  readonly user?: { readonly uid: number; readonly gid: number };
};

/**
 * Postgres refuses to run as root. For root, either a user namespace in which root has another number (files keep their owner), or, where
 * the kernel allows no such namespace, the user `postgres` or `nobody`.
 */
export async function notAsRoot(): Promise<RunAs> {
  if (process.getuid?.() !== 0) return { prefix: [] };
  const unshare = findCommand('unshare');
  const mapping = ['--user', '--map-user=1000', '--map-group=1000'];
  if (unshare && (await succeeds(unshare, [...mapping, 'true']))) return { prefix: [unshare, ...mapping] };
  for (const name of ['postgres', 'nobody']) {
    const user = await lookUpUser(name);
    if (user) return { prefix: [], user };
  }
  throw new ProvisioningError(
    'Postgres refuses to run as root, user namespaces are not allowed here, and there is no user postgres or nobody. ' +
      'Run ./causeway as another user, or set CAUSEWAY_POSTGRES_URL to a running server.',
  );
}

/** Hands a folder to the user that is to work in it, and checks that this user can reach it. */
export async function giveFolder(folder: string, { user }: RunAs): Promise<void> {
  if (!user) return;
  chownSync(folder, user.uid, user.gid);
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    lchownSync(join(folder, entry), user.uid, user.gid);
  }
  if (await succeeds('/bin/sh', ['-c', 'test -w "$0"', folder], { runAs: user })) return;
  throw new ProvisioningError(
    `Postgres has to run as user ${user.uid} here, and that user cannot reach ${folder}. ` +
      'Set CAUSEWAY_HOME to a folder it can reach, such as one below /var/tmp, or run ./causeway as a user other than root.',
  );
}

async function lookUpUser(name: string): Promise<RunAs['user']> {
  try {
    return { uid: Number(await run('id', ['-u', name])), gid: Number(await run('id', ['-g', name])) };
  } catch {
    return undefined;
  }
}
