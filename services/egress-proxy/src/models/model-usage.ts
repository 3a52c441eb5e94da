import { costMicrosOf, type ModelTerms, type ModelUsage } from '@causeway/contracts';
import type { Told } from './model-answer.ts';
import type { CountTokens } from './token-count.ts';

export type Spoken = {
  readonly model: string;
  readonly terms: ModelTerms;
  /** The request as it was sent, and the words that came back. */
  readonly asked: string;
  readonly words: string;
  readonly told: Told;
  readonly cutOff: boolean;
};

/** More text than so many bytes a token is looked at again: no tokenizer packs words like that. */
const BELIEVABLE_BYTES = 8;
const SLACK_BYTES = 256;
const SLACK_TOKENS = 16;

/**
 * What a call used. The provider's own counts are taken, unless there are none, or they are less than half of what its words count here: then
 * the words are counted and the usage is called an estimate.
 */
export async function usageOf(
  { model, terms, asked, words, told, cutOff }: Spoken,
  count: CountTokens,
): Promise<ModelUsage> {
  const input = await believed(told.inputTokens, asked, count);
  const output = await believed(cutOff ? undefined : told.outputTokens, words, count);
  const used = {
    inputTokens: input.tokens,
    outputTokens: Math.max(output.tokens, cutOff ? (told.outputTokens ?? 0) : 0),
  };
  return { model, ...used, costMicros: costMicrosOf(terms, used), estimated: input.counted || output.counted, cutOff };
}

type Counted = { readonly tokens: number; readonly counted: boolean };

async function believed(told: number | undefined, text: string, count: CountTokens): Promise<Counted> {
  if (told !== undefined && Buffer.byteLength(text) <= BELIEVABLE_BYTES * told + SLACK_BYTES)
    return { tokens: told, counted: false };
  const tokens = text === '' ? 0 : await count(text);
  return told !== undefined && tokens <= 2 * told + SLACK_TOKENS
    ? { tokens: told, counted: false }
    : { tokens, counted: true };
}

export type Allowance = {
  /** Whether more was said than was reserved. `told` is the provider's own count so far. */
  readonly isSpent: (words: string, told: number | undefined) => Promise<boolean>;
};

/** A token that is shorter than this on average would be an odd language: before, nothing is counted. */
const LEAST_BYTES_A_TOKEN = 2;
const COUNTED_AT_ONCE = 1_024;

/** Watches over the tokens that are reserved for an answer. Other tokenizers may count a tenth less than this one. */
export function allowanceOf(reservedTokens: number | undefined, count: CountTokens): Allowance {
  const most = reservedTokens ?? Number.MAX_SAFE_INTEGER;
  let seen = 0;
  let own = 0;
  return {
    isSpent: async (words, told = 0) => {
      if (told > most) return true;
      const isDue = words.length - seen >= COUNTED_AT_ONCE && Buffer.byteLength(words) > LEAST_BYTES_A_TOKEN * most;
      if (!isDue) return false;
      own += await count(words.slice(seen));
      seen = words.length;
      return own > 1.1 * most + SLACK_TOKENS;
    },
  };
}
