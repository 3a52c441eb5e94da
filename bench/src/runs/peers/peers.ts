import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findCommand, ProvisioningError, repositoryRoot, run, withLock } from '@causeway/provisioning';
import type { Group } from '../../groups.ts';

export type Peer = Group;

const SOURCE = join(repositoryRoot, 'bench', 'peers');
const PLACE = join(repositoryRoot, '.causeway', 'bench');
const INSTALL_TIMEOUT_MS = 600_000;

/**
 * Folder of the peers' programs with their packages, which npm installs the first time and whenever what is pinned changes; their install scripts
 * do not run. Throws ProvisioningError when npm is missing or cannot install them.
 */
export function peersFolder(log: (line: string) => void): Promise<string> {
  return withLock(PLACE, 'peers', async () => {
    const folder = join(PLACE, `peers-${digestOf(SOURCE)}`);
    const stamp = join(folder, 'installed');
    if (existsSync(stamp)) return folder;
    const npm = findCommand('npm');
    if (!npm) throw new ProvisioningError('npm is needed to install the peers, and is not on PATH. Install npm.');
    log('installing the peers');
    mkdirSync(folder, { recursive: true });
    cpSync(SOURCE, folder, { recursive: true });
    const args = ['ci', '--no-audit', '--no-fund', '--ignore-scripts'];
    await run(npm, args, { cwd: folder, timeoutMs: INSTALL_TIMEOUT_MS });
    writeFileSync(stamp, '');
    return folder;
  });
}

function digestOf(folder: string): string {
  const hash = createHash('sha256');
  for (const file of ['package-lock.json', 'restate-step.mjs', 'dbos-step.mjs'])
    hash.update(readFileSync(join(folder, file)));
  return hash.digest('hex').slice(0, 16);
}
