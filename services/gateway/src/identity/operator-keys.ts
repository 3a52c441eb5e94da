import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { OperatorRole, PrincipalId, Sha256Hex } from '@causeway/contracts';
import { DependencyError } from '@causeway/messaging';
import { z } from 'zod';
import { operatorPrincipal, type Principal } from './principal.ts';

const KeysFile = z.strictObject({
  keys: z.array(z.strictObject({ id: PrincipalId, role: OperatorRole, sha256: Sha256Hex })),
});
export type OperatorKey = z.infer<typeof KeysFile>['keys'][number];

/**
 * The operator that a key belongs to. Every key is compared, in constant time each, whether or not one has matched: how long it takes
 * tells nothing of which keys there are.
 */
export function operatorOf(keys: readonly OperatorKey[], presented: string): Principal | undefined {
  const digest = createHash('sha256').update(presented).digest();
  let match: OperatorKey | undefined;
  for (const key of keys) if (timingSafeEqual(Buffer.from(key.sha256, 'hex'), digest)) match = key;
  return match && operatorPrincipal(match);
}

/**
 * The operator keys of a file, read again whenever it changes, so that adding and removing a key needs no restart. Throws DependencyError
 * SERVICE_UNAVAILABLE while the file cannot be read or understood: then no key is good, the ones of before included.
 */
export function operatorKeysFile(path: string): () => readonly OperatorKey[] {
  let mark = '';
  let keys: readonly OperatorKey[] = [];
  return () => {
    try {
      const { mtimeMs, size, ino } = statSync(path);
      const now = `${mtimeMs}/${size}/${ino}`;
      if (now !== mark) keys = KeysFile.parse(JSON.parse(readFileSync(path, 'utf8'))).keys;
      mark = now;
      return keys;
    } catch (cause) {
      mark = '';
      throw new DependencyError(
        'SERVICE_UNAVAILABLE',
        'the operator keys cannot be read; the gateway needs its key file',
        {
          cause,
        },
      );
    }
  };
}
