/**
 * A map that is never changed: `with` returns a new one and shares what it can, so a state that was thrown away leaves no trace. Layers
 * double in size and are merged as they fill (the binomial scheme of log-structured merge trees): adding costs O(log n) amortised, looking
 * up O(log n).
 */
export type LayeredMap<Value> = { readonly layers: readonly ReadonlyMap<string, Value>[] };

export const emptyMap = <Value>(): LayeredMap<Value> => ({ layers: [] });

/** The newest value for this key. */
export function valueAt<Value>({ layers }: LayeredMap<Value>, key: string): Value | undefined {
  for (const layer of layers) {
    const value = layer.get(key);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The map with this key set. */
export function withValue<Value>({ layers }: LayeredMap<Value>, key: string, value: Value): LayeredMap<Value> {
  let newest = new Map([[key, value]]);
  let taken = 0;
  for (const layer of layers) {
    if (layer.size > newest.size) break;
    newest = new Map([...layer, ...newest]);
    taken++;
  }
  return { layers: [newest, ...layers.slice(taken)] };
}

/** Every key once, with its newest value. */
export function entriesOf<Value>({ layers }: LayeredMap<Value>): readonly (readonly [string, Value])[] {
  return [...new Map([...layers].reverse().flatMap((layer) => [...layer]))];
}
