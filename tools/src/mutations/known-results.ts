import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Mutation } from './mutation.ts';
import type { MutationResult } from './run-mutation.ts';

/** Results of a run that was broken off, to go on from. */
export type KnownResults = {
  readonly of: (mutation: Mutation) => MutationResult | undefined;
  readonly keep: (mutation: Mutation, result: MutationResult) => void;
};

type Kept = { [key: string]: MutationResult };

/**
 * Results kept in a file. One counts as long as mutation and guarded file are what they were; tests and the rest of the code may have changed, so only a
 * run that knows nothing proves all of it.
 */
export function knownResults(root: string, file: string): KnownResults {
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Kept) : {};
  const keyOf = (mutation: Mutation): string =>
    createHash('sha256')
      .update(JSON.stringify(mutation))
      .update(readFileSync(join(root, mutation.file)))
      .digest('hex');
  return {
    of: (mutation) => kept[keyOf(mutation)],
    keep: (mutation, result) => {
      kept[keyOf(mutation)] = result;
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify(kept));
    },
  };
}
