import {
  formatVerifierKey,
  NoteError,
  parseVerifierKey,
  type Leaf,
  type TrustedKeys,
  type VerifierKey,
} from '@causeway/ledger';
import { UsageError } from '../command.ts';
import type { Seen } from './memory.ts';

/** Why a log's keys are believed. */
export type TrustBasis = 'given' | 'remembered' | 'first use';

export type Trust = { readonly basis: TrustBasis; readonly keys: TrustedKeys };

/** The keys that a log, or a bundle of it, offers itself. */
export type OfferedKeys = { readonly log: readonly string[]; readonly witnesses: readonly string[] };

/**
 * Whom to believe: the keys that a person gave, else those that were seen with this log before, else, the first time, those that it offers itself.
 * Witnesses likewise, so that none can be taken away quietly. Throws UsageError for a given key that is none.
 */
export function trustIn(given: readonly string[], seen: Seen | undefined, offered: OfferedKeys): Trust {
  const givenKeys = given.map(givenKey);
  const basis = givenKeys.length > 0 ? 'given' : seen && seen.keys.length > 0 ? 'remembered' : 'first use';
  const log = {
    given: () => givenKeys.filter(({ algorithm }) => algorithm === 'ed25519'),
    remembered: () => readable(seen?.keys ?? []),
    'first use': () => readable(offered.log),
  }[basis]();
  const witnesses = givenKeys.filter(({ algorithm }) => algorithm === 'cosignature-v1');
  const known = witnesses.length > 0 ? witnesses : readable([...(seen?.witnesses ?? []), ...offered.witnesses]);
  return { basis, keys: { log: log.filter(isOfLog), witnesses: unique(known.filter((key) => !isOfLog(key))) } };
}

/** Follows what a log says of its own keys: one that was added is believed from then on, one that was retired is not. */
export function keyHistory(): {
  readonly hear: (leaf: Leaf) => void;
  readonly after: (keys: readonly VerifierKey[]) => readonly string[];
} {
  const added = new Set<string>();
  const retired = new Set<string>();
  return {
    hear: (leaf) => {
      if (leaf.type !== 'key.added' && leaf.type !== 'key.retired') return;
      const { vkey } = ('inline' in leaf.data ? leaf.data.inline : {}) as { readonly vkey?: unknown };
      if (typeof vkey === 'string') (leaf.type === 'key.added' ? added : retired).add(vkey);
    },
    after: (keys) => [...new Set([...keys.map(formatVerifierKey), ...added])].filter((vkey) => !retired.has(vkey)),
  };
}

function givenKey(vkey: string): VerifierKey {
  try {
    return parseVerifierKey(vkey);
  } catch (error) {
    if (error instanceof NoteError) throw new UsageError(`--vkey "${vkey}": ${error.message}`);
    throw error;
  }
}

/** Keys that can be read: what a log offers may be anything, and a key that is none verifies nothing. */
function readable(vkeys: readonly string[]): readonly VerifierKey[] {
  return unique(
    vkeys.flatMap((vkey) => {
      try {
        return [parseVerifierKey(vkey)];
      } catch (error) {
        if (error instanceof NoteError) return [];
        throw error;
      }
    }),
  );
}

const unique = (keys: readonly VerifierKey[]): readonly VerifierKey[] => [
  ...new Map(keys.map((key) => [formatVerifierKey(key), key])).values(),
];
const isOfLog = ({ algorithm }: VerifierKey): boolean => algorithm === 'ed25519';
