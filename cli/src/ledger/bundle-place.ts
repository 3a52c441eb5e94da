import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, rename, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BundleError, type BundleFiles, type BundleSink } from '@causeway/ledger';
import { create, extract } from 'tar';

/** Most bytes of a file that is read at once: a full entry bundle of the largest leaves has 17 MB. */
const MAX_BYTES = 32 * 1024 * 1024;
const PIECE = 1024 * 1024;

export type BundlePlace = {
  /** Where its files are, until `close`. */
  readonly folder: string;
  readonly files: BundleFiles;
  readonly close: () => Promise<void>;
};

/** Opens a bundle in a folder, or in a tar file, which is unpacked into a temporary folder until `close`. Throws BundleError. */
export async function openBundleAt(path: string): Promise<BundlePlace> {
  const kind = await kindOf(path);
  if (kind === 'folder') return placeAt(path, async () => undefined);
  const folder = await mkdtemp(join(tmpdir(), 'causeway-bundle-'));
  const close = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    // Links could lead out of the folder; a bundle has none.
    const filter = (_: string, entry: object): boolean =>
      'type' in entry && (entry.type === 'File' || entry.type === 'Directory');
    await extract({ file: path, cwd: folder, strict: true, filter });
  } catch (error) {
    await close();
    throw new BundleError(
      `${path} is no whole tar file (${error instanceof Error ? error.message : String(error)}); get it again`,
    );
  }
  return placeAt(folder, close);
}

const placeAt = (folder: string, close: BundlePlace['close']): BundlePlace => ({
  folder,
  files: filesIn(folder),
  close,
});

async function kindOf(path: string): Promise<'folder' | 'file'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    throw new BundleError(
      `${path} cannot be read (${(error as NodeJS.ErrnoException).code}); give the folder or the tar file of a bundle`,
    );
  }
}

function filesIn(folder: string): BundleFiles {
  return {
    read: (path) => ifThere(() => readFile(join(folder, path))),
    pieces: async (path) => {
      const file = join(folder, path);
      const isThere = await ifThere(async () => (await stat(file)).isFile());
      return isThere ? createReadStream(file, { highWaterMark: PIECE }) : undefined;
    },
  };
}

async function readFile(file: string): Promise<Uint8Array> {
  const handle = await open(file);
  try {
    if ((await handle.stat()).size > MAX_BYTES) throw new BundleError(`${file} is larger than any file of a bundle`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

async function ifThere<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined;
    throw error;
  }
}

/**
 * Makes a bundle at a path that must not exist: a folder, or a tar file when the path ends with `.tar`. Until it is whole it stands beside it under
 * another name, so that half a bundle never passes for one. Throws BundleError.
 */
export async function makeBundleAt(
  path: string,
  write: (bundle: { readonly sink: BundleSink; readonly files: BundleFiles }) => Promise<void>,
): Promise<void> {
  if (await ifThere(() => stat(path)))
    throw new BundleError(`${path} is there already; name another place or remove it`);
  const folder = `${path}.${process.pid}.part`;
  await mkdir(folder, { recursive: true });
  try {
    const sink = folderSink(folder);
    await write({ sink, files: filesIn(folder) }).finally(sink.close);
    if (!path.endsWith('.tar')) return await rename(folder, path);
    const packed = `${folder}.tar`;
    await create({ file: packed, cwd: folder, portable: true, noMtime: true }, (await readdir(folder)).sort());
    await rename(packed, path);
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(`${folder}.tar`, { force: true });
  }
}

function folderSink(folder: string): BundleSink & { readonly close: () => Promise<void> } {
  const growing = new Map<string, FileHandle>();
  const made = new Set<string>();
  const place = async (path: string): Promise<string> => {
    const file = join(folder, path);
    if (!made.has(dirname(file))) await mkdir(dirname(file), { recursive: true });
    made.add(dirname(file));
    return file;
  };
  return {
    write: async (path, bytes) => writeFile(await place(path), bytes),
    append: async (path, text) => {
      const handle = growing.get(path) ?? (await open(await place(path), 'a'));
      growing.set(path, handle);
      await handle.appendFile(text);
    },
    close: async () => {
      for (const handle of growing.values()) await handle.close();
    },
  };
}
