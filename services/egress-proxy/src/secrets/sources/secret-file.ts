import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_BYTES, valueProblem } from '../secret-value.ts';
import { unavailable } from '../secret-unavailable.ts';

/** Read, perhaps written, by its owner alone. */
const MODES = [0o400, 0o600];

type Facts = { readonly isFile: boolean; readonly mode: number; readonly uid: number; readonly sizeBytes: number };

/** What is wrong with a file as the place of a secret. `uid` is who this process runs as. */
export function filePlaceProblem({ isFile, mode, uid: owner, sizeBytes }: Facts, uid: number): string | undefined {
  const bits = mode & 0o7777;
  if (!isFile) return 'is not a file';
  if (!MODES.includes(bits))
    return `has mode 0${bits.toString(8)}: make it 0400 or 0600, so that nobody else can read it`;
  if (owner !== uid && owner !== 0) return `belongs to user ${owner}: neither to this service's user nor to root`;
  return sizeBytes > MAX_BYTES ? `has more than ${MAX_BYTES} bytes` : undefined;
}

/**
 * Reads a mounted secret as it is now: the file that is checked is the file that is read, links followed first. Throws FetchStopped
 * SECRET_UNAVAILABLE, with the name of the secret and what is wrong.
 */
export async function readSecretFile(name: string, path: string): Promise<Buffer> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw unavailable(name, `cannot be read: its file cannot be opened (${error.code ?? 'unknown error'})`);
  });
  try {
    return await checked(name, file);
  } finally {
    await file.close();
  }
}

async function checked(name: string, file: FileHandle): Promise<Buffer> {
  const facts = await file.stat();
  const place = { isFile: facts.isFile(), mode: facts.mode, uid: facts.uid, sizeBytes: facts.size };
  const wrong = filePlaceProblem(place, process.getuid?.() ?? 0);
  if (wrong) throw unavailable(name, `is not used: its file ${wrong}`);
  const value = await file.readFile();
  const problem = valueProblem(value);
  if (problem === undefined) return value;
  value.fill(0);
  throw unavailable(name, `is not used: its value ${problem}`);
}

/** Mounted files, one for each secret, named like it. Each call sees the file as it is by then. */
export const fileSource = (dir: string) => ({
  read: ({ name }: { readonly name: string }): Promise<Buffer> => readSecretFile(name, join(dir, name)),
});
