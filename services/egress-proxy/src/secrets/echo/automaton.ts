/** How bytes are read before they are compared: as another byte, or not at all (-1). */
export type Reading = (byte: number) => number;
export const asTheyAre: Reading = (byte) => byte;

/**
 * An automaton that finds any of many texts in one pass over a stream (Aho and Corasick, "Efficient String Matching", CACM 18:6, 1975), as a
 * table: state × class of byte → state. Texts and stream are read in the same way.
 */
export type Automaton = {
  /** The state after these bytes, or, once a text was found, minus one minus its index: {@link foundIn}. States begin with 0. */
  readonly walk: (state: number, bytes: Uint8Array) => number;
  /** How many bytes of a text end at this state, counting only those that are read. */
  readonly depthOf: (state: number) => number;
  /** Whether bytes like this one are read at all. */
  readonly reads: (byte: number) => boolean;
};

/** The index of the text that was found, from what {@link Automaton.walk} answered. */
export const foundIn = (state: number): number | undefined => (state < 0 ? -state - 1 : undefined);

const SKIPPED = 0xffff;

/** @param texts none of them empty once it is read; a text that is, is never found */
export function automaton(texts: readonly Uint8Array[], reading: Reading = asTheyAre): Automaton {
  const read = texts.map((text) => [...text].map(reading).filter((byte) => byte >= 0));
  const { classOf, width } = classesOf(read, reading);
  const tree = treeOf(read, classOf, width);
  const next = Int32Array.from(tree.next);
  link(next, tree.found, width);
  const found = Int32Array.from(tree.found);
  return {
    walk: (state, bytes) => {
      let at = state;
      for (let index = 0; index < bytes.length; index++) {
        const column = classOf[bytes[index]!]!;
        if (column === SKIPPED) continue;
        at = next[at * width + column]!;
        if (found[at]! >= 0) return -found[at]! - 1;
      }
      return at;
    },
    depthOf: (state) => tree.depth[state] ?? 0,
    reads: (byte) => classOf[byte] !== SKIPPED,
  };
}

/** Bytes that no text holds behave alike: they are one class, so that the table stays narrow. */
function classesOf(read: readonly (readonly number[])[], reading: Reading) {
  const held = [...new Set(read.flat())];
  const column = new Map(held.map((byte, index) => [byte, index + 1]));
  const classOf = Uint16Array.from({ length: 256 }, (_, byte) => {
    const as = reading(byte);
    return as < 0 ? SKIPPED : (column.get(as) ?? 0);
  });
  const columnOf = (byte: number): number => column.get(byte) ?? 0;
  return { classOf, columnOf, width: held.length + 1 };
}

type Tree = { readonly next: number[]; readonly found: number[]; readonly depth: number[] };

function treeOf(read: readonly (readonly number[])[], classOf: Uint16Array, width: number): Tree {
  const next: number[] = Array.from({ length: width }, () => -1);
  const found = [-1];
  const depth = [0];
  read.forEach((text, index) => {
    if (text.length === 0) return;
    let at = 0;
    for (const byte of text) {
      const slot = at * width + classOf[byte]!;
      if (next[slot] === -1) {
        next[slot] = found.length;
        found.push(-1);
        depth.push(depth[at]! + 1);
        for (let column = 0; column < width; column++) next.push(-1);
      }
      at = next[slot]!;
    }
    if (found[at] === -1) found[at] = index;
  });
  return { next, found, depth };
}

/** Breadth first: where there is no way on, the way of the longest suffix is taken; what it finds is found here, too. */
function link(next: Int32Array, found: number[], width: number): void {
  const suffix = new Int32Array(found.length);
  const queue: number[] = [0];
  for (const state of queue) {
    if (found[state] === -1) found[state] = found[suffix[state]!]!;
    for (let column = 0; column < width; column++) {
      const slot = state * width + column;
      const to = next[slot]!;
      const fallen = state === 0 ? 0 : next[suffix[state]! * width + column]!;
      if (to === -1) next[slot] = fallen;
      else {
        suffix[to] = fallen;
        queue.push(to);
      }
    }
  }
}
