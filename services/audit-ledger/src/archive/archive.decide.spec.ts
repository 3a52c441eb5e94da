import { MAX_ARCHIVED_POSITIONS } from '@causeway/contracts';
import { refusalOf, type Situation } from './archive.decide.ts';

const range = { from: 256, to: 512 };
const settled: Situation = { signedTo: 512, publishedTo: 512 };

describe('archiving a range', () => {
  it('is free once it is signed and published, and cosigned where there are witnesses', () => {
    expect(refusalOf(range, settled)).toBeUndefined();
    expect(refusalOf(range, { ...settled, cosignedTo: 512 })).toBeUndefined();
  });

  it.each<[string, typeof range, Partial<Situation>]>([
    ['there are no positions', { from: 512, to: 512 }, {}],
    ['at most', { from: 0, to: MAX_ARCHIVED_POSITIONS + 256 }, { signedTo: 2e6, publishedTo: 2e6 }],
    ['the newest checkpoint has 511', range, { signedTo: 511 }],
    ['witnesses stand behind 400', range, { cosignedTo: 400 }],
    ['on the bus up to position 511', range, { publishedTo: 511 }],
    ['erasure at position 7', range, { unfinishedErasure: 7 }],
  ])('is refused: %s', (why, wanted, situation) => {
    expect(refusalOf(wanted, { ...settled, ...situation })).toContain(why);
  });
});
