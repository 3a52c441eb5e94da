import { randomBytes } from 'node:crypto';
import { readSecretFile } from '../secrets/sources/secret-file.ts';

const MIN_BYTES = 32;

/**
 * What the keys of all runs' authorities are derived from: the file's content, or 32 bytes of chance that this process alone has. Throws when the
 * file is not there, is open to others, or has fewer than 32 bytes.
 */
export async function masterKey(file: string | undefined): Promise<Buffer> {
  if (file === undefined) return randomBytes(MIN_BYTES);
  const key = await readSecretFile('CAUSEWAY_INTERCEPT_KEY_FILE', file);
  if (key.length >= MIN_BYTES) return key;
  key.fill(0);
  throw new Error(
    `CAUSEWAY_INTERCEPT_KEY_FILE: the file has fewer than ${MIN_BYTES} bytes: fill it with chance, as openssl rand -hex 32 does`,
  );
}
