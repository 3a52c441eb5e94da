import { stop, type Stop } from '../fetch/fetch-stop.ts';

const MAX_LABEL = 32;
const MAX_NAME = 80;
/** Labels shorter than this carry too little to be worth judging by their letters. */
const JUDGED_FROM = 16;
/** Bits per character (Shannon). Words and dashes of that length stay below, base32 and base36 do not. */
const MAX_ENTROPY = 3.8;
/** Hexadecimal text has few distinct characters, but five digits in eight characters; names made of words have hardly any. */
const MAX_DIGIT_SHARE = 0.25;

/**
 * What is wrong with a name that no rule spells out: with a wildcard the asker chooses the rest, and each name server on the way reads it.
 * So such a name may not look like carried data.
 */
export function nameShapeStop(host: string): Stop | undefined {
  const labels = host.split('.');
  const tooLong = host.length > MAX_NAME || labels.some((label) => label.length > MAX_LABEL);
  if (tooLong)
    return refusal(`under a wildcard a name has at most ${MAX_NAME} characters, and ${MAX_LABEL} between two dots`);
  if (labels.some(looksCoded)) return refusal('under a wildcard a name may not look like encoded data');
  return undefined;
}

const looksCoded = (label: string): boolean =>
  label.length >= JUDGED_FROM && (entropyOf(label) > MAX_ENTROPY || digitShare(label) > MAX_DIGIT_SHARE);

const digitShare = (text: string): number => text.replace(/[^0-9]/g, '').length / text.length;

/** Shannon entropy in bits per character; 0 for the empty text. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  const shares = [...counts.values()].map((count) => count / text.length);
  return shares.reduce((bits, share) => bits - share * Math.log2(share), 0);
}

/** The names under wildcards that each run has asked for. */
export type NamesOfRuns = {
  /** How many names the run has with this one. A name beyond `maxNames` is counted in the answer, but not kept. */
  readonly add: (runId: string, host: string, maxNames: number) => number;
};

/** @param maxRuns how many runs are remembered, the ones seen last */
export function namesOfRuns(maxRuns = 10_000): NamesOfRuns {
  const byRun = new Map<string, Set<string>>();
  return {
    add: (runId, host, maxNames) => {
      const names = byRun.get(runId) ?? new Set<string>();
      byRun.delete(runId);
      byRun.set(runId, names);
      const [oldest] = byRun.keys();
      if (byRun.size > maxRuns && oldest !== undefined) byRun.delete(oldest);
      if (!names.has(host) && names.size >= maxNames) return names.size + 1;
      return names.add(host).size;
    },
  };
}

/** What is wrong with a run that asks for ever new names: many small ones carry as much as a long one. */
export function nameCountStop(count: number, maxNames: number): Stop | undefined {
  return count <= maxNames ? undefined : refusal(`a run may use ${maxNames} different names under wildcards`);
}

const refusal = (detail: string): Stop => ({
  ...stop('POLICY_DENIED', 'policy', detail),
  allowed: ['hosts that a rule spells out in full'],
});

/** Whether nobody but the pack's author chose this name: a rule, or a destination, says it in full. */
export const isSpelledOut = (host: string, rules: readonly { readonly literals: readonly string[] }[]): boolean =>
  rules.some(({ literals }) => literals.includes(host));
