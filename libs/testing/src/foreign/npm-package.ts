import { cpSync, existsSync, mkdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findCommand, ProvisioningError, repositoryRoot, run, withLock } from '@causeway/provisioning';
import { testFolder } from '../place.ts';

export const NPM_VERIFY = join(repositoryRoot, 'tools', 'foreign', 'npm-verify.mjs');

const PINNED = join(repositoryRoot, 'tools', 'runtime', 'npm');
const INSTALL_TIMEOUT_MS = 300_000;

/** Folder of an npm package that carries @sigstore/verify 3.1 or newer: that of the npm on PATH or beside Node, else one that is installed for it. */
export async function npmPackage(): Promise<string> {
  return installedNpm().find(carriesVerifier) ?? (await withLock(testFolder, 'foreign-npm', pinnedNpm));
}

function installedNpm(): readonly string[] {
  const command = findCommand('npm');
  // The command is a link to bin/npm-cli.js of its package.
  const ofCommand = command ? [dirname(dirname(realpathSync(command)))] : [];
  return [...ofCommand, join(dirname(dirname(process.execPath)), 'lib', 'node_modules', 'npm')];
}

/** Older versions of the verifier have these functions elsewhere, and they do not look at the same things. */
function carriesVerifier(folder: string): boolean {
  const parts = ['checkpoint.js', 'merkle.js'];
  return parts.every((name) => existsSync(join(folder, 'node_modules', '@sigstore', 'verify', 'dist', 'tlog', name)));
}

async function pinnedNpm(): Promise<string> {
  const target = join(testFolder, 'foreign', 'npm');
  const folder = join(target, 'node_modules', 'npm');
  if (carriesVerifier(folder)) return folder;
  const npm = findCommand('npm');
  if (!npm)
    throw new ProvisioningError('npm is needed to check proofs with its verifier, and is not on PATH. Install npm.');
  mkdirSync(target, { recursive: true });
  cpSync(PINNED, target, { recursive: true });
  await run(npm, ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: target, timeoutMs: INSTALL_TIMEOUT_MS });
  return folder;
}
