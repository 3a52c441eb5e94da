/** Keeps the entries that were written or read last, at most `capacity`. */
export type Lru<Key, Value> = {
  readonly get: (key: Key) => Value | undefined;
  readonly set: (key: Key, value: Value) => void;
  readonly clear: () => void;
};

/** An {@link Lru}; it stands on the insertion order of Map. */
export function lru<Key, Value>(capacity: number): Lru<Key, Value> {
  const entries = new Map<Key, Value>();
  const put = (key: Key, value: Value): void => {
    entries.delete(key);
    entries.set(key, value);
  };
  return {
    get: (key) => {
      const value = entries.get(key);
      if (value !== undefined) put(key, value);
      return value;
    },
    set: (key, value) => {
      put(key, value);
      if (entries.size > capacity) entries.delete(entries.keys().next().value as Key);
    },
    clear: () => entries.clear(),
  };
}
