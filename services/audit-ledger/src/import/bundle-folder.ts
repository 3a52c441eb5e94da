import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { BundleError, type BundleFiles } from '@causeway/ledger';

/** Most bytes of a file that is read at once: a full entry bundle of the largest leaves has 17 MB. */
const MAX_BYTES = 32 * 1024 * 1024;
const PIECE = 1024 * 1024;
const ABSENT = ['ENOENT', 'ENOTDIR', 'EISDIR'];

/** The files of a bundle in a folder. */
export function bundleFolder(folder: string): BundleFiles {
  return {
    read: async (path) => {
      const file = await opened(join(folder, path));
      if (!file) return undefined;
      try {
        if ((await file.stat()).size > MAX_BYTES) throw new BundleError(`${path} is larger than any file of a bundle`);
        return await file.readFile();
      } finally {
        await file.close();
      }
    },
    pieces: async (path) => {
      const file = await opened(join(folder, path));
      await file?.close();
      return file && createReadStream(join(folder, path), { highWaterMark: PIECE });
    },
  };
}

async function opened(path: string) {
  try {
    return await open(path);
  } catch (error) {
    if (ABSENT.includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
