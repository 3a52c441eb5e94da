/** A bounded memory of what was used last. */
export type Recent<Key, Value> = {
  readonly get: (key: Key) => Value | undefined;
  readonly set: (key: Key, value: Value) => void;
  readonly clear: () => void;
};

/**
 * Keeps the `capacity` entries that were written or read last, and at most twice as many: entries live in two generations, and when the young
 * one is full the old one is dropped whole. Forgetting one entry at a time from the front of a Map is what this avoids: the engine steps over
 * every deleted entry to find the next oldest, so a full cache of 100,000 entries would cost as much at every write.
 */
export function recent<Key, Value>(capacity: number): Recent<Key, Value> {
  let young = new Map<Key, Value>();
  let old = new Map<Key, Value>();
  const set = (key: Key, value: Value): void => {
    young.set(key, value);
    if (young.size < capacity) return;
    old = young;
    young = new Map();
  };
  return {
    set,
    get: (key) => {
      const value = young.get(key);
      if (value !== undefined) return value;
      const aged = old.get(key);
      if (aged !== undefined) set(key, aged);
      return aged;
    },
    clear: () => {
      young = new Map();
      old = new Map();
    },
  };
}
