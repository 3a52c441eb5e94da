import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const isCode = (error: unknown, code: string): boolean => (error as NodeJS.ErrnoException).code === code;

/** The text of a file; undefined when there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Makes a folder; what is in it says who may read it. */
export const makeFolder = (path: string): Promise<unknown> => mkdir(path, { recursive: true });

/** Puts a file in the place of another, whole and durably: after a crash there is the old one or the new one. */
export async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const draft = await draftFor(path, text, mode);
  await rename(draft, path);
  await syncFolder(dirname(path));
}

/** Makes a file durably, unless there is one of that name: false then. Of several processes exactly one succeeds. */
export async function createFile(path: string, text: string, mode: number): Promise<boolean> {
  const draft = await draftFor(path, text, mode);
  try {
    await link(draft, path);
    await syncFolder(dirname(path));
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function draftFor(path: string, text: string, mode: number): Promise<string> {
  const draft = join(dirname(path), `.draft-${process.pid}-${randomBytes(6).toString('hex')}`);
  const file = await open(draft, 'wx', mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  return draft;
}

/** A name in a folder is durable only once the folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
