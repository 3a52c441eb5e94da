import { randomBytes } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { formatSigningKey, formatVerifierKey, newSigningKey, parseSigningKey, type SigningKey } from '@causeway/ledger';
import { readIfThere, writeWhole } from './whole-file.ts';

const SEED_BYTES = 32;

export type Home = { readonly key: SigningKey; readonly vkey: string; readonly memoryFolder: string };

/**
 * The key of the witness in its folder, made the first time, and the folder of what it has seen. The two belong together: with one of them gone this
 * throws, because a witness that forgot would cosign a second history under the name that vouched for the first.
 */
export async function openHome(folder: string, name: string): Promise<Home> {
  const keyFile = join(folder, 'witness.key');
  const memoryFolder = join(folder, 'logs');
  const [kept, memories] = await Promise.all([readIfThere(keyFile), entriesIfThere(memoryFolder)]);
  if (kept === undefined && memories !== undefined && memories.length > 0)
    throw new Error(`${folder} remembers logs, but its key is gone: restore witness.key, ${OR_BEGIN_ANEW}`);
  if (kept !== undefined && memories === undefined)
    throw new Error(`${folder} has a key, but what it has seen is gone: restore the folder logs, ${OR_BEGIN_ANEW}`);
  // The key comes last: a key without memory is never left behind by a crash.
  await mkdir(memoryFolder, { recursive: true, mode: 0o700 });
  const key = kept === undefined ? await makeKey(keyFile, name) : parseSigningKey(kept.trim());
  if (key.algorithm !== 'cosignature-v1') throw new Error(`${keyFile} holds the key of a log; a witness needs its own`);
  if (key.name !== name)
    throw new Error(`${keyFile} is the key of ${key.name}, not of ${name}: set the name back, or use another folder`);
  const vkey = formatVerifierKey(key);
  await writeWhole(join(folder, 'witness.vkey'), `${vkey}\n`);
  return { key, vkey, memoryFolder };
}

const OR_BEGIN_ANEW = 'or begin with an empty folder as a new witness';

async function makeKey(keyFile: string, name: string): Promise<SigningKey> {
  const key = newSigningKey(name, 'cosignature-v1', randomBytes(SEED_BYTES));
  await writeWhole(keyFile, `${formatSigningKey(key)}\n`);
  return key;
}

async function entriesIfThere(folder: string): Promise<readonly string[] | undefined> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
