import type { ModelDialect } from './model.ts';

/** What a policy pack says of the models whose names fit `id`. Prices are in millionths of a US dollar for one token. */
export type ModelTerms = {
  /** A name, or its beginning with `*` at the end. */
  readonly id: string;
  readonly dialect: ModelDialect;
  readonly inputMicros: number;
  readonly outputMicros: number;
  readonly maxOutputTokens: number;
};

type Asked = { readonly dialect: ModelDialect; readonly model: string };

/** The first terms that fit a model; undefined for a model that no terms speak of. */
export const termsOf = <Terms extends ModelTerms>(
  list: readonly Terms[],
  { dialect, model }: Asked,
): Terms | undefined => list.find((terms) => terms.dialect === dialect && fits(terms.id, model));

const fits = (id: string, model: string): boolean =>
  id.endsWith('*') ? model.startsWith(id.slice(0, -1)) : model === id;

/** Prices are kept to a millionth of a micro, as whole numbers, so that no sum is off. */
const FINE = 1_000_000;

/** What so many tokens cost, rounded up to whole millionths of a dollar. */
export function costMicrosOf(
  { inputMicros, outputMicros }: Pick<ModelTerms, 'inputMicros' | 'outputMicros'>,
  used: { readonly inputTokens: number; readonly outputTokens: number },
): number {
  const fine = (price: number, tokens: number) => BigInt(Math.round(price * FINE)) * BigInt(tokens);
  const total = fine(inputMicros, used.inputTokens) + fine(outputMicros, used.outputTokens);
  return Number((total + BigInt(FINE - 1)) / BigInt(FINE));
}
