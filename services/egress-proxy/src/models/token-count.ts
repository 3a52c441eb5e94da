/** How many tokens a text is, near enough for any model of today. */
export type CountTokens = (text: string) => Promise<number>;

let encode: Promise<(text: string) => number> | undefined;

/** Counts with OpenAI's o200k vocabulary, which is read when it is needed first. What looks like a special token is text. */
export const countTokens: CountTokens = async (text) => {
  encode ??= import('gpt-tokenizer/encoding/o200k_base').then(
    ({ countTokens: count }) =>
      (words) =>
        count(words, { disallowedSpecial: new Set() }),
  );
  return (await encode)(text);
};
