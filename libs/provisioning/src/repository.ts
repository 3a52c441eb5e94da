import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone this package lives in: it is always run from `libs/provisioning/{src,dist}`. */
export const repositoryRoot: string = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** Where an instance keeps everything it writes: CAUSEWAY_HOME, else `.causeway` in the clone. */
export function defaultHome(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(env['CAUSEWAY_HOME'] || join(repositoryRoot, '.causeway'));
}
