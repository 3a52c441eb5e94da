import { linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { homePaths, readIfThere } from '../home.ts';
import { ProvisioningError } from '../provisioning-error.ts';
import { processIdentity } from './identity.ts';

const WAIT_MS = 300_000;
const POLL_MS = 50;
let drafts = 0;

/** Runs `work` while no other process does so under the same name and home. A lock left by a dead process is taken over. */
export async function withLock<Result>(home: string, name: string, work: () => Promise<Result>): Promise<Result> {
  const path = join(homePaths(home).locks, `${name}.lock`);
  mkdirSync(homePaths(home).locks, { recursive: true });
  const until = Date.now() + WAIT_MS;
  while (!take(path)) {
    if (removeIfAbandoned(path)) continue;
    if (Date.now() > until) {
      throw new ProvisioningError(`another process still holds ${path}; wait for it, or end it, and try again`);
    }
    await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/** A hard link appears with its content or not at all, so a lock always names its holder. */
function take(path: string): boolean {
  const draft = `${path}.${process.pid}.${drafts++}`;
  writeFileSync(draft, JSON.stringify({ pid: process.pid, identity: processIdentity(process.pid) }));
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function removeIfAbandoned(path: string): boolean {
  const holder = readIfThere(path);
  if (holder === undefined) return true;
  if (isHeldBy(holder)) return false;
  const taken = `${path}.${process.pid}.${drafts++}`;
  try {
    renameSync(path, taken);
    // Someone else was quicker to remove the dead lock and now holds it: give it back.
    if (readIfThere(taken) !== holder) linkSync(taken, path);
    rmSync(taken, { force: true });
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
  return true;
}

function isHeldBy(holder: string): boolean {
  const { pid, identity } = JSON.parse(holder) as { pid: number; identity: string };
  return processIdentity(pid) === identity;
}
