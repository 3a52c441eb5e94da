import { inclusionProof, treeRoot } from '../merkle/proofs.ts';
import { rootOf } from '../merkle/tree-hash.ts';
import { hex, naivePath, naiveRoot, testLeaves } from '../merkle/tree.features.ts';
import {
  decodeEntryBundle,
  encodeEntryBundle,
  entriesPath,
  parseTilePath,
  tilePath,
  tilesOf,
  type TileId,
} from './tiles.ts';
import { tileHashReader } from './tile-reader.ts';

const leaves = testLeaves(600);

/** The bytes of a tile, straight from the definition of C2SP tlog-tiles. */
const tileOf = ({ level, index, width }: TileId): Promise<Uint8Array> => {
  const step = 256 ** level;
  const hashes = Array.from({ length: width }, (_, i) =>
    naiveRoot(leaves.slice((index * 256 + i) * step, (index * 256 + i + 1) * step)),
  );
  return Promise.resolve(Buffer.concat(hashes));
};

describe('the path of a tile', () => {
  it.each([
    [{ level: 0, index: 0, width: 256 }, 'tile/0/000'],
    [{ level: 1, index: 1_234_067, width: 256 }, 'tile/1/x001/x234/067'],
    [{ level: 63, index: 1000, width: 7 }, 'tile/63/x001/000.p/7'],
  ])('of %p is %s, and back', (tile, path) => {
    expect(tilePath(tile)).toBe(path);
    expect(parseTilePath(path)).toEqual({ kind: 'hashes', ...tile });
  });

  it('of entries has no level', () => {
    expect(entriesPath({ index: 1234, width: 255 })).toBe('tile/entries/x001/234.p/255');
    expect(parseTilePath('tile/entries/x001/234.p/255')).toEqual({ kind: 'entries', index: 1234, width: 255 });
  });
});

describe('the tiles of a tree', () => {
  it('are those of the example in C2SP tlog-tiles', () => {
    const tiles = [...tilesOf(70_000)];
    expect(tiles.filter(({ level, width }) => level === 0 && width === 256)).toHaveLength(273);
    expect(tiles.slice(273)).toEqual([
      { level: 0, index: 273, width: 112 },
      { level: 1, index: 0, width: 256 },
      { level: 1, index: 1, width: 17 },
      { level: 2, index: 0, width: 1 },
    ]);
  });

  it('hold every hash that proofs need, and each is read once', async () => {
    const seen: string[] = [];
    const read = tileHashReader(600, (tile) => {
      seen.push(tilePath(tile));
      return tileOf(tile);
    });
    expect(hex(await treeRoot(600, read))).toBe(hex(rootOf(leaves)));
    for (const index of [0, 255, 256, 511, 512, 599])
      expect((await inclusionProof(index, 600, read)).map(hex)).toEqual(naivePath(index, leaves).map(hex));
    expect(seen.toSorted()).toEqual(['tile/0/000', 'tile/0/001', 'tile/0/002.p/88', 'tile/1/000.p/2']);
  });

  it('are refused when bytes are missing', async () => {
    const read = tileHashReader(600, async (tile) => (await tileOf(tile)).subarray(1));
    await expect(treeRoot(600, read)).rejects.toMatchObject({ code: 'TILE_MALFORMED' });
  });
});

describe('an entry bundle', () => {
  it('comes back as the leaves that it was made of', () => {
    const bundle = [Buffer.from('a'), Buffer.alloc(0), Buffer.alloc(65_535, 1)];
    expect(decodeEntryBundle(encodeEntryBundle(bundle)).map(hex)).toEqual(bundle.map(hex));
  });
});
