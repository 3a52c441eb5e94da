import { hash } from 'node:crypto';
import { HASH_BYTES, rootOf, TILE_WIDTH, toHex } from '@causeway/ledger';
import fc from 'fast-check';
import { fullTiles, treeEdge, type EdgeState, type FullTile } from './edge.ts';

const leaf = (n: number): Buffer => hash('sha256', `leaf ${n}`, 'buffer');
const leaves = (from: number, to: number): Buffer[] => Array.from({ length: to - from }, (_, n) => leaf(from + n));

/** The state that the tiles alone tell of: what the database is read for at a start. */
function stateFrom(tiles: readonly FullTile[]): EdgeState {
  const size = tiles.filter(({ level }) => level === 0).length * TILE_WIDTH;
  const levels = [new Uint8Array()];
  for (let level = 1; fullTiles(size, level - 1) > 0; level++) {
    const below = tiles.filter((tile) => tile.level === level - 1 && tile.index >= fullTiles(size, level) * TILE_WIDTH);
    levels.push(Buffer.concat(below.map(({ root }) => root)));
  }
  return { size, levels };
}

describe('the edge of a tree', () => {
  it('has the root of the whole tree, however the leaves come', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 600 }), { maxLength: 4 }), (counts) => {
        const edge = treeEdge();
        let size = 0;
        for (const count of counts) edge.append(Buffer.concat(leaves(size, (size += count))));
        expect(edge.size()).toBe(size);
        expect(toHex(edge.root())).toBe(toHex(rootOf(leaves(0, size))));
      }),
      { numRuns: 30 },
    );
  });

  it('gives each full tile once, with the hashes and the root that are its own', () => {
    const edge = treeEdge();
    const tiles = [700, 1, 67, 900].flatMap((count) => {
      const from = edge.size();
      return edge.append(Buffer.concat(leaves(from, from + count)));
    });
    expect(tiles.map(({ level, index }) => [level, index])).toEqual([0, 1, 2, 3, 4, 5].map((index) => [0, index]));
    for (const { index, hashes, root } of tiles) {
      const own = leaves(index * TILE_WIDTH, (index + 1) * TILE_WIDTH);
      expect(Buffer.concat(own).equals(hashes)).toBe(true);
      expect(toHex(root)).toBe(toHex(rootOf(own)));
    }
  });

  it('goes on from tiles alone, over three levels', () => {
    const size = TILE_WIDTH * TILE_WIDTH + 3 * TILE_WIDTH + 5;
    const all = leaves(0, size);
    const edge = treeEdge();
    const tiles = edge.append(Buffer.concat(all));
    expect(tiles.filter(({ level }) => level === 1)).toHaveLength(1);
    const again = treeEdge(stateFrom(tiles));
    expect(again.size()).toBe(size - 5);
    again.append(Buffer.concat(all.slice(-5)));
    expect(toHex(again.root())).toBe(toHex(edge.root()));
    expect(toHex(again.root())).toBe(toHex(rootOf(all)));
  });

  it('refuses a state that contradicts itself', () => {
    expect(() => treeEdge({ size: 256, levels: [new Uint8Array(), new Uint8Array()] })).toThrow(RangeError);
    expect(() => treeEdge({ size: 3, levels: [new Uint8Array(2 * HASH_BYTES)] })).toThrow(RangeError);
    expect(() => treeEdge().append(new Uint8Array(33))).toThrow(RangeError);
  });
});
