/** A set of event ids (UUIDs in lower case), exact, at 16 bytes an id and its share of free slots: a Set of strings takes six times that. */
export type EventIds = {
  /** Adds an id; false when it was there before. */
  readonly add: (id: string) => boolean;
  readonly size: () => number;
};

const WORDS = 4;
const FIRST_SLOTS = 1024;
/** Fullest that the table gets before it grows. */
const MAX_LOAD = 0.7;

/** An empty {@link EventIds}: open addressing with linear probing. The nil UUID marks a free slot and is counted apart. */
export function eventIds(): EventIds {
  let slots = FIRST_SLOTS;
  let table = new Uint32Array(slots * WORDS);
  let size = 0;
  let hasNil = false;
  const words = new Uint32Array(WORDS);

  /** The slot that holds these words, or the free one where they belong. */
  function slotOf(key: Uint32Array): number {
    let slot = mixed(key) & (slots - 1);
    while (!isFree(slot) && !holds(slot, key)) slot = (slot + 1) & (slots - 1);
    return slot;
  }

  const isFree = (slot: number): boolean => {
    const at = slot * WORDS;
    return (table[at]! | table[at + 1]! | table[at + 2]! | table[at + 3]!) === 0;
  };

  const holds = (slot: number, key: Uint32Array): boolean => {
    const at = slot * WORDS;
    return table[at] === key[0] && table[at + 1] === key[1] && table[at + 2] === key[2] && table[at + 3] === key[3];
  };

  function grow(): void {
    const old = table;
    slots *= 2;
    table = new Uint32Array(slots * WORDS);
    for (let at = 0; at < old.length; at += WORDS) {
      const key = old.subarray(at, at + WORDS);
      if ((key[0]! | key[1]! | key[2]! | key[3]!) !== 0) table.set(key, slotOf(key) * WORDS);
    }
  }

  function addNil(): boolean {
    if (hasNil) return false;
    hasNil = true;
    size++;
    return true;
  }

  return {
    size: () => size,
    add: (id) => {
      readUuid(id, words);
      if ((words[0]! | words[1]! | words[2]! | words[3]!) === 0) return addNil();
      const slot = slotOf(words);
      if (!isFree(slot)) return false;
      table.set(words, slot * WORDS);
      size++;
      if (size > slots * MAX_LOAD) grow();
      return true;
    },
  };
}

/** Time and counter make the first words of some kinds of UUID alike; all four take part. */
function mixed(key: Uint32Array): number {
  let hash = Math.imul(key[0]! ^ (key[1]! >>> 16), 0x85ebca6b) ^ Math.imul(key[1]!, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15) ^ key[2]!, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 13) ^ key[3]!, 0x27d4eb2f);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Where the 32 hexadecimal digits of a UUID stand, eight for each word. */
const DIGITS = [
  [0, 1, 2, 3, 4, 5, 6, 7],
  [9, 10, 11, 12, 14, 15, 16, 17],
  [19, 20, 21, 22, 24, 25, 26, 27],
  [28, 29, 30, 31, 32, 33, 34, 35],
] as const;

function readUuid(id: string, into: Uint32Array): void {
  for (let word = 0; word < WORDS; word++) {
    let value = 0;
    for (const digit of DIGITS[word]!) {
      const code = id.charCodeAt(digit);
      value = (value << 4) | (code < 58 ? code - 48 : code - 87);
    }
    into[word] = value;
  }
}
