import { constants, type Stats } from 'node:fs';
import { open, realpath, stat, type FileHandle } from 'node:fs/promises';
import { isAbsolute, join, normalize, sep } from 'node:path';
import type { ReplyEnvelope } from '@causeway/contracts';
import { ok, rejected } from '@causeway/messaging';

export type FileRequest = {
  /** The only folder that files are taken from. */
  readonly folder: string;
  /** Path of the file within the folder. */
  readonly path: string;
  readonly maxBytes: number;
};

const refused = (why: string) =>
  rejected('RESOURCE_FILE_REFUSED', `${why}; name a regular file by its path within the ingest folder`);

/**
 * The bytes of a regular file inside the folder. Symbolic links are followed only as far as they stay inside. What is checked is the file
 * that was opened, so a path that changes meanwhile gains nothing.
 */
export async function readFileWithin({ folder, path, maxBytes }: FileRequest): Promise<ReplyEnvelope<Uint8Array>> {
  if (!isInnerPath(path)) return refused('the path leads out of the folder');
  let file: FileHandle | undefined;
  try {
    const root = await realpath(folder);
    const target = await realpath(join(root, path));
    if (!target.startsWith(root + sep)) return refused('the path leads out of the folder');
    // Without O_NONBLOCK, opening a named pipe would wait for a writer.
    file = await open(target, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const opened = await file.stat();
    if (!opened.isFile()) return refused('it is not a regular file');
    if (!isSame(opened, await stat(await realpath(join(root, path)))))
      return refused('the file was exchanged meanwhile');
    return await read(file, maxBytes);
  } catch (error) {
    return refusalOf(error);
  } finally {
    await file?.close();
  }
}

function isInnerPath(path: string): boolean {
  const normal = normalize(path);
  return !path.includes('\0') && !isAbsolute(path) && normal !== '..' && !normal.startsWith(`..${sep}`);
}

const isSame = (one: Stats, other: Stats): boolean => one.dev === other.dev && one.ino === other.ino;

async function read(file: FileHandle, maxBytes: number): Promise<ReplyEnvelope<Uint8Array>> {
  const buffer = Buffer.alloc(maxBytes + 1);
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
    if (bytesRead === 0) return ok(buffer.subarray(0, length));
    length += bytesRead;
  }
  return rejected('RESOURCE_TOO_LARGE', `the file is larger than ${maxBytes} bytes; take in a smaller part of it`);
}

/** Only what the caller can do something about; any other trouble is ours and goes to the log. */
function refusalOf(error: unknown): ReplyEnvelope<never> {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return rejected('RESOURCE_NOT_FOUND', 'there is no such file in the ingest folder; check the path');
  }
  if (['EACCES', 'EPERM', 'ELOOP', 'EISDIR', 'ENXIO', 'ENAMETOOLONG'].includes(code))
    return refused(`it cannot be read (${code})`);
  throw error;
}
