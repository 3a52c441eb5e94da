import type { InputFields, Scalar } from '@causeway/contracts';
import type { LeafPredicate } from './predicate-tree.ts';
import type { LeafProof } from './proof.ts';

/** Names of the subgoals that are not done; undefined when there are none at all. */
export type OpenSubgoals = readonly string[] | undefined;
type At = { readonly leaf: LeafProof | undefined; readonly openSubgoals: OpenSubgoals; readonly isNegated: boolean };

/** Everything that is missing, in one line. */
export const wordsOf = (unmet: readonly { readonly message: string }[]): string =>
  unmet.map(({ message }) => message).join('; ');

/** What a leaf asks for that is not there; below a `not`, what is there or may still come and must not. */
export function missingAt(predicate: LeafPredicate, { leaf, openSubgoals, isNegated }: At): string {
  if (isNegated) return `it must not hold that ${askOf(predicate)}${againstOf(leaf)}`;
  switch (predicate.kind) {
    case 'manual':
      return 'an operator has to confirm completion';
    case 'never':
      return 'this run is never complete; it ends by cancellation or by its budget';
    case 'always':
      return 'nothing is missing';
    case 'subgoals_done':
      return openSubgoals ? `subgoals are open: ${openSubgoals.join(', ')}` : 'the run was given no subgoals';
    default:
      return `${askOf(predicate)}: the ledger shows ${leaf?.count ?? 0}${staleness(leaf)}`;
  }
}

function askOf(predicate: LeafPredicate): string {
  switch (predicate.kind) {
    case 'capability_succeeded':
      return `${predicate.min} succeeded step(s) of ${callOf(predicate)} are needed`;
    case 'capability_failed':
      return `${predicate.min} failed step(s) of ${callOf(predicate)} are needed`;
    case 'metadata_matches':
      return `the newest result of ${callOf(predicate)} needs ${textOf(predicate.equals)} at ${predicate.path}`;
    case 'state_exists':
      return `the note ${predicate.key} is needed`;
    case 'memory_equals':
      return `the note ${predicate.key} needs the value ${textOf(predicate.value)}`;
    default:
      return predicate.kind;
  }
}

const callOf = ({ capability, input }: { readonly capability: string; readonly input?: InputFields | undefined }) =>
  `${capability}${Object.entries(input ?? {})
    .map(([name, value]) => ` with ${name} ${textOf(value)}`)
    .join('')}`;

function staleness(leaf: LeafProof | undefined): string {
  const stale = leaf?.staleBy === undefined ? '' : `; what began before step ${leaf.staleBy} ended is stale`;
  const voiding = leaf?.voiding ? `; ${leaf.voiding} step(s) under way would make it stale: wait for them` : '';
  return stale + voiding;
}

function againstOf(leaf: LeafProof | undefined): string {
  if (!leaf) return '';
  const named = leaf.evidence.length > 0 ? ` (${leaf.evidence.join(', ')})` : '';
  return leaf.count > 0 ? `: the ledger shows ${leaf.count}${named}` : `: ${leaf.pending} step(s) may still show it`;
}

const MAX_SHOWN = 80;
const textOf = (value: Scalar): string => {
  const text = JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
};
