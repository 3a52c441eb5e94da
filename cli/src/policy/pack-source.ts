import type { PackTexts, PolicyView } from '@causeway/contracts';
import {
  effectiveFiles,
  PackInvalidError,
  parsePack,
  readPackFolder,
  type PackFiles,
  type PolicyPack,
} from '@causeway/policy';
import { UsageError } from '../command.ts';
import type { Gateway } from '../gateway-client.ts';

export type Source = { readonly name: string; readonly pack: PolicyPack; readonly files: PackFiles };
export type KeptPack = PolicyView & { readonly files: PackTexts };

const DIGEST = /^[0-9a-f]{64}$/;

/**
 * A pack by where it is: `active` for the one in force, a digest for one that is kept, else a folder, with the variables of this environment.
 * Throws PackInvalidError for a pack that cannot be used, UsageError for a folder that cannot be read.
 */
export async function packFrom(name: string, gateway: () => Gateway): Promise<Source> {
  if (name === 'active' || DIGEST.test(name)) {
    const query = name === 'active' ? {} : { digest: name };
    const { files } = await gateway().get<KeptPack>('/v1/policy', query);
    return { name, files, pack: parsePack(files, {}) };
  }
  const found = await folderAt(name);
  return { name, pack: parsePack(found, process.env), files: effectiveFiles(found, process.env) };
}

async function folderAt(name: string): Promise<Readonly<Record<string, string>>> {
  try {
    return await readPackFolder(name);
  } catch (error) {
    if (error instanceof PackInvalidError) throw new UsageError(`there is no folder ${name} to read`);
    throw error;
  }
}
