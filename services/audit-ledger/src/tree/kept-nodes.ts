import { recent } from '@causeway/eventing';
import { TILE_HEIGHT, type HashReader, type Node } from '@causeway/ledger';

export type KeptNodes = {
  /** `read` for a tree of this size, which is asked only for what is not kept. */
  readonly over: (size: number, read: HashReader) => HashReader;
  readonly forget: () => void;
};

/** A log of four million events has no more of them. */
const KEPT = 16_384;
const LEVELS = 64;

/**
 * Keeps the roots of perfect subtrees above the leaf tiles once they were worked out, at most 32,768 of 32 bytes: to work one out anew takes up to 127
 * hashes, and each level of tiles that a growing log adds would add as many to every proof.
 */
export function keptNodes(): KeptNodes {
  const nodes = recent<number, Uint8Array>(KEPT);
  const keptOf = (node: Node, size: number): Uint8Array | undefined =>
    isKept(node) && isWithin(node, size) ? nodes.get(keyOf(node)) : undefined;

  return {
    over: (size, read) => async (asked) => {
      const known = asked.map((node) => keptOf(node, size));
      const missing = asked.filter((_, index) => known[index] === undefined);
      const found = missing.length > 0 ? await read(missing) : [];
      for (const [index, node] of missing.entries())
        if (isKept(node)) nodes.set(keyOf(node), Uint8Array.from(found[index]!));
      let next = 0;
      return known.map((hash) => hash ?? found[next++]!);
    },
    forget: nodes.clear,
  };
}

const isKept = ({ level }: Node): boolean => level > TILE_HEIGHT;
const isWithin = ({ level, index }: Node, size: number): boolean => (index + 1) * 2 ** level <= size;
const keyOf = ({ level, index }: Node): number => index * LEVELS + level;
