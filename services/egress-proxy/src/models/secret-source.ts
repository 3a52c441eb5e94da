import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FetchStopped, stop } from '../fetch/fetch-stop.ts';

/** Where the values of secrets come from; they are asked for when they are sent, and kept nowhere. */
export type SecretSource = { readonly read: (name: string) => Promise<string> };

/** Visible ASCII: what a header field can carry. Shorter ones could not be told from ordinary words. */
const VALUE = /^[\x21-\x7e]{8,4096}$/;

/** Secrets as files of one folder, named like the secret. Throws FetchStopped when there is none, or one that cannot be sent. */
export function mountedSecrets(folder: string | undefined): SecretSource {
  return {
    read: async (name) => {
      const text = folder === undefined ? '' : await readFile(join(folder, name), 'utf8').catch(() => '');
      const value = text.trim();
      if (VALUE.test(value)) return value;
      throw new FetchStopped(
        stop('INTERNAL', 'exchange', `the secret ${name} is not there, or is not 8 to 4096 visible characters`),
      );
    },
  };
}

/** How much of the end of a text may be the beginning of a secret: it is held back until more is known. */
export function heldBack(text: string, secret: string): number {
  for (let length = Math.min(secret.length - 1, text.length); length > 0; length--)
    if (text.endsWith(secret.slice(0, length))) return length;
  return 0;
}
