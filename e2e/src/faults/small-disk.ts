import { execFile } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A place for data whose room can end, and come back. */
export type SmallDisk = {
  /** How it is filled, for people. */
  readonly kind: 'file system in memory, filled' | 'no file may grow';
  /** Takes all the room that is left. `owner` is the process whose files are on it. */
  readonly fill: (owner: number) => Promise<void>;
  readonly free: (owner: number) => Promise<void>;
  readonly remove: () => Promise<void>;
};

const run = promisify(execFile);
const SIZE = '900m';
const BLOCK_BYTES = 1024 * 1024;

/**
 * Puts a small file system of its own on this folder where that is allowed, which takes the right to mount. Elsewhere it is the system that
 * lets no file of the processes grow any more (prlimit of util-linux): the same writes fail, with another error than the one of a full disk.
 */
export async function smallDisk(folder: string): Promise<SmallDisk> {
  const isMounted = await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=0700`, 'tmpfs', folder]).then(
    () => true,
    () => false,
  );
  return isMounted ? mounted(folder) : limited();
}

function mounted(folder: string): SmallDisk {
  const filler = join(folder, 'filler');
  return {
    kind: 'file system in memory, filled',
    fill: async () => fillUp(filler, folder),
    free: async () => rmSync(filler, { force: true }),
    remove: async () => void (await run('umount', ['--lazy', folder])),
  };
}

function fillUp(filler: string, folder: string): void {
  const file = openSync(filler, 'a');
  try {
    for (let size = BLOCK_BYTES; size >= 4096; size = size / 2) writeWhileThereIsRoom(file, Buffer.alloc(size));
  } finally {
    closeSync(file);
  }
  if (statfsSync(folder).bavail > 16) throw new Error('the disk could not be filled');
}

function writeWhileThereIsRoom(file: number, block: Buffer): void {
  try {
    for (;;) if (writeSync(file, block) < block.length) return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

function limited(): SmallDisk {
  const limit = async (owner: number, bytes: string): Promise<void> => {
    for (const pid of [owner, ...childrenOf(owner)]) await run('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`]);
  };
  return {
    kind: 'no file may grow',
    fill: (owner) => limit(owner, '8192'),
    free: (owner) => limit(owner, 'unlimited'),
    remove: async () => {},
  };
}

/** A process that ended meanwhile has no children. */
function childrenOf(pid: number): readonly number[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      const [, parent] = readFileSync(`/proc/${Number(name)}/stat`, 'utf8')
        .split(') ')[1]!
        .split(' ');
      return Number(parent) === pid ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}
