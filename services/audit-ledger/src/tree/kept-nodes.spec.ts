import type { HashReader, Node } from '@causeway/ledger';
import { keptNodes } from './kept-nodes.ts';

/** Reads nodes whose hash tells which they are; says what it was asked. */
function reading() {
  const asked: Node[] = [];
  const read: HashReader = (nodes) => {
    asked.push(...nodes);
    return Promise.resolve(nodes.map(hashOf));
  };
  return { asked, read };
}
const hashOf = ({ level, index }: Node): Uint8Array => Uint8Array.from({ length: 32 }, (_, i) => level + index + i);

const SIZE = 2 ** 20;
const low = { level: 8, index: 5 };
const high = { level: 9, index: 2 };
const top = { level: 16, index: 3 };

describe('nodes above the leaf tiles', () => {
  it('are read once, those below each time, and each stands where it was asked for', async () => {
    const { asked, read } = reading();
    const hashes = keptNodes().over(SIZE, read);
    expect(await hashes([low, high, top])).toEqual([low, high, top].map(hashOf));
    expect(await hashes([top, low, high, { level: 10, index: 7 }])).toEqual(
      [top, low, high, { level: 10, index: 7 }].map(hashOf),
    );
    expect(asked).toEqual([low, high, top, low, { level: 10, index: 7 }]);
  });

  it('are the same in every tree that holds them, and are not taken from a larger one', async () => {
    const { asked, read } = reading();
    const nodes = keptNodes();
    await nodes.over(SIZE, read)([high]);
    expect(await nodes.over(SIZE / 2, read)([high])).toEqual([hashOf(high)]);
    expect(asked).toHaveLength(1);
    await nodes.over(3 * 2 ** 9 - 1, read)([high]);
    expect(asked).toHaveLength(2);
  });

  it('are read again once they are to be forgotten', async () => {
    const { asked, read } = reading();
    const nodes = keptNodes();
    await nodes.over(SIZE, read)([top]);
    nodes.forget();
    await nodes.over(SIZE, read)([top]);
    expect(asked).toEqual([top, top]);
  });

  it('that could not be read are not kept', async () => {
    const { read } = reading();
    const nodes = keptNodes();
    await expect(nodes.over(SIZE, () => Promise.reject(new Error('gone')))([top])).rejects.toThrow('gone');
    expect(await nodes.over(SIZE, read)([top])).toEqual([hashOf(top)]);
  });
});
