import { HASH_BYTES, TILE_WIDTH, type TileId } from '@causeway/ledger';
import { keptTiles } from './kept-tiles.ts';

const hashes = (level: number, count: number): Uint8Array => new Uint8Array(count * HASH_BYTES).fill(level + 1);

/** Tiles of a tree whose tile `index` is full below `full`; says what it was asked. */
function reading(full: number) {
  const questions: (readonly TileId[])[] = [];
  const read = (tiles: readonly TileId[]) => {
    questions.push(tiles);
    return Promise.resolve(
      tiles.map(({ level, index, width }) => {
        if (index < full) return hashes(level, TILE_WIDTH);
        return width < TILE_WIDTH ? hashes(level, width) : undefined;
      }),
    );
  };
  return { questions, ...keptTiles(read) };
}

const whole = { level: 0, index: 0, width: TILE_WIDTH };

describe('tiles', () => {
  it('that are asked for at once are one question, each with its own answer', async () => {
    const { tile, questions } = reading(1);
    const asked = [whole, { level: 1, index: 0, width: TILE_WIDTH }, { level: 0, index: 9, width: 3 }];
    expect(await Promise.all(asked.map(tile))).toEqual([hashes(0, TILE_WIDTH), hashes(1, TILE_WIDTH), hashes(0, 3)]);
    expect(questions).toEqual([asked]);
    await tile({ level: 0, index: 9, width: 4 });
    expect(questions).toHaveLength(2);
  });

  it('that are full are read once, also for the partial ones that they were', async () => {
    const { tile, questions } = reading(1);
    await tile({ ...whole, width: 5 });
    expect(await tile(whole)).toEqual(hashes(0, TILE_WIDTH));
    expect(await tile({ ...whole, width: 7 })).toEqual(hashes(0, 7));
    expect(questions).toHaveLength(1);
  });

  it('that are partial are read again for what they have grown by, and serve what they were', async () => {
    const { tile, questions } = reading(0);
    await tile({ ...whole, width: 5 });
    expect(await tile({ ...whole, width: 5 })).toEqual(hashes(0, 5));
    expect(await tile({ ...whole, width: 4 })).toEqual(hashes(0, 4));
    expect(questions).toHaveLength(1);
    expect(await tile({ ...whole, width: 6 })).toEqual(hashes(0, 6));
    await tile({ ...whole, width: 6 });
    expect(questions).toHaveLength(2);
  });

  it('that were read beside each other leave the widest', async () => {
    const { tile, questions } = reading(0);
    await Promise.all([tile({ ...whole, width: 9 }), tile({ ...whole, width: 3 })]);
    await tile({ ...whole, width: 9 });
    expect(questions).toHaveLength(1);
  });

  it('are read again once they are to be forgotten', async () => {
    const { tile, forget, questions } = reading(1);
    await tile(whole);
    forget();
    await tile(whole);
    expect(questions).toHaveLength(2);
  });

  it('are undefined when not all of their hashes are there', async () => {
    const short = keptTiles((tiles) => Promise.resolve(tiles.map(() => hashes(0, 2))));
    expect(await short.tile({ ...whole, width: 3 })).toBeUndefined();
    expect(await reading(0).tile(whole)).toBeUndefined();
  });

  it('are kept as copies, not as views into what came with them', async () => {
    const sent = hashes(0, 2 * TILE_WIDTH);
    const { tile } = keptTiles((tiles) => Promise.resolve(tiles.map(() => sent.subarray(0, TILE_WIDTH * HASH_BYTES))));
    const found = await tile(whole);
    expect(found!.buffer.byteLength).toBe(TILE_WIDTH * HASH_BYTES);
  });

  it('push the one read longest ago out, lower levels never those above them', async () => {
    const { tile, questions } = reading(10_000);
    const above = { level: 1, index: 0, width: TILE_WIDTH };
    await tile(above);
    for (let index = 0; index < 1_000; index++) await tile({ ...whole, index });
    const before = questions.length;
    await tile(above);
    expect(questions).toHaveLength(before);
    await tile(whole);
    expect(questions).toHaveLength(before + 1);
  });

  it('that cannot be read fail all who asked, and nobody after them', async () => {
    let fails = true;
    const { tile } = keptTiles((tiles) =>
      fails ? Promise.reject(new Error('gone')) : Promise.resolve(tiles.map(() => hashes(0, TILE_WIDTH))),
    );
    const both = await Promise.allSettled([tile(whole), tile({ ...whole, index: 1 })]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fails = false;
    expect(await tile(whole)).toEqual(hashes(0, TILE_WIDTH));
  });
});
