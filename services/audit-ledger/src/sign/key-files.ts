import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  formatSigningKey,
  formatVerifierKey,
  newSigningKey,
  parseSigningKey,
  parseVerifierKey,
  type SigningKey,
} from '@causeway/ledger';
import { z } from 'zod';
import { createFile, readIfThere, replaceFile } from './files.ts';
import { SigningRefused, type SignerKey } from './signer.ts';

const KeyList = z.strictObject({
  keys: z.array(z.strictObject({ vkey: z.string(), addedAt: z.string(), retiredAt: z.string().optional() })),
});

/**
 * The keys of a log in a folder: `keys.json` is public and lists them, `<key id>.key` (0600) is the private part of one, in the form that Go's
 * sumdb/note reads.
 */
export function keyFiles(folder: string, origin: string) {
  const listPath = join(folder, 'keys.json');
  const privatePath = (vkey: string): string =>
    join(folder, `${parseVerifierKey(vkey).keyId.toString(16).padStart(8, '0')}.key`);
  const textOf = (keys: readonly SignerKey[]): string => `${JSON.stringify({ keys }, null, 2)}\n`;

  async function list(): Promise<readonly SignerKey[] | undefined> {
    const text = await readIfThere(listPath);
    if (text === undefined) return undefined;
    try {
      return KeyList.parse(JSON.parse(text)).keys as readonly SignerKey[];
    } catch (cause) {
      throw new SigningRefused('KEY_LOST', `${listPath} cannot be understood; restore the signer's folder`, { cause });
    }
  }

  /** A new private key; nothing lists it yet, so it signs nothing. */
  async function make(): Promise<string> {
    const key = newSigningKey(origin, 'ed25519', randomBytes(32));
    const vkey = formatVerifierKey(key);
    if (!(await createFile(privatePath(vkey), `${formatSigningKey(key)}\n`, 0o600))) return make();
    return vkey;
  }

  async function privateKey(vkey: string): Promise<SigningKey> {
    const text = await readIfThere(privatePath(vkey));
    if (text === undefined)
      throw new SigningRefused(
        'KEY_LOST',
        `${privatePath(vkey)} is not there, so ${vkey} cannot sign; restore the signer's folder, or retire the key while another one signs`,
      );
    const key = parseSigningKey(text.trim());
    if (formatVerifierKey(key) !== vkey)
      throw new SigningRefused('KEY_LOST', `${privatePath(vkey)} is not the key ${vkey}; restore the signer's folder`);
    return key;
  }

  return {
    /** Every key that signs or signed; undefined when there is no list. */
    list,
    make,
    /** The first list. False when there is one already; then a key that was made for it is of no use. */
    begin: (keys: readonly SignerKey[]): Promise<boolean> => createFile(listPath, textOf(keys), 0o644),
    replace: (keys: readonly SignerKey[]): Promise<void> => replaceFile(listPath, textOf(keys), 0o644),
    /** The keys that sign now, with their private parts. SigningRefused KEY_LOST when one is not there. */
    inUse: async (): Promise<readonly SigningKey[]> => {
      const keys = (await list()) ?? [];
      return Promise.all(keys.filter(({ retiredAt }) => retiredAt === undefined).map(({ vkey }) => privateKey(vkey)));
    },
    has: async (vkey: string): Promise<boolean> => (await readIfThere(privatePath(vkey))) !== undefined,
    destroy: (vkey: string): Promise<void> => rm(privatePath(vkey), { force: true }),
  };
}
