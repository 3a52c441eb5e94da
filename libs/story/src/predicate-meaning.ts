import type { Predicate } from '@causeway/contracts';

type Fields = Readonly<Record<string, unknown>> | undefined;
const MAX_TEXT = 60;

/** What has to be true for a predicate to hold, as the end of a sentence: «it is done when …». */
export function meaningOf(predicate: Predicate): string {
  switch (predicate.kind) {
    case 'all_of':
      return joined(predicate.all_of, ' and ');
    case 'any_of':
      return joined(predicate.any_of, ' or ');
    case 'not':
      return `not (${meaningOf(predicate.not)})`;
    case 'manual':
      return 'an operator says so';
    case 'never':
      return 'it is cancelled';
    case 'always':
      return 'its agent says so';
    case 'subgoals_done':
      return 'all its subgoals are done';
    default:
      return `the ledger shows that ${shownBy(predicate)}`;
  }
}

type Shown = Extract<
  Predicate,
  { kind: 'capability_succeeded' | 'capability_failed' | 'metadata_matches' | 'state_exists' | 'memory_equals' }
>;

function shownBy(predicate: Shown): string {
  switch (predicate.kind) {
    case 'capability_succeeded':
      return `${callOf(predicate)} succeeded${timesOf(predicate.min)}`;
    case 'capability_failed':
      return `${callOf(predicate)} failed${timesOf(predicate.min)}`;
    case 'metadata_matches':
      return `the newest result of ${callOf(predicate)} has ${textOf(predicate.equals)} at ${predicate.path}`;
    case 'state_exists':
      return `the agent noted ${predicate.key}`;
    case 'memory_equals':
      return `the agent noted ${textOf(predicate.value)} as ${predicate.key}`;
  }
}

const joined = (parts: readonly Predicate[], word: string): string =>
  parts.length === 1 ? parts.map(meaningOf).join('') : `(${parts.map(meaningOf).join(word)})`;

const timesOf = (min: number): string => (min > 1 ? ` ${min} times` : '');

const callOf = ({ capability, input }: { readonly capability: string; readonly input?: Fields }): string =>
  `${capability}${Object.entries(input ?? {})
    .map(([name, value]) => ` with ${name} ${textOf(value)}`)
    .join('')}`;

function textOf(value: unknown): string {
  const text = String(value);
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}
