import fc from 'fast-check';
import { asTheyAre, automaton, foundIn, type Reading } from './automaton.ts';
import { READINGS } from './forms.ts';

/** Few letters, so that texts overlap, contain each other and almost match. */
const letters = (most: number, min = 0) =>
  fc.uint8Array({ min: 0, max: 2, minLength: min, maxLength: most }).map((bytes) => bytes.map((byte) => byte + 0x61));
const cuts = fc.array(fc.nat(40), { maxLength: 6 });

function pieces(stream: Uint8Array, at: readonly number[]): Uint8Array[] {
  const places = [0, ...at.map((place) => Math.min(place, stream.length)).sort((a, b) => a - b), stream.length];
  return places.slice(1).map((end, index) => stream.subarray(places[index], end));
}

/** Which text ends first in the stream; of those that end at the same place any is right. */
function naive(texts: readonly Uint8Array[], stream: Uint8Array, reading: Reading): readonly number[] {
  const read = (bytes: Uint8Array) => Buffer.from([...bytes].map(reading).filter((byte) => byte >= 0));
  const all = read(stream);
  const ends = texts.map((text) => {
    const sought = read(text);
    const at = sought.length === 0 ? -1 : all.indexOf(sought);
    return at < 0 ? Number.POSITIVE_INFINITY : at + sought.length;
  });
  const first = Math.min(...ends);
  return Number.isFinite(first) ? ends.flatMap((end, index) => (end === first ? [index] : [])) : [];
}

function walked(texts: readonly Uint8Array[], chunks: readonly Uint8Array[], reading: Reading): number | undefined {
  const { walk } = automaton(texts, reading);
  let state = 0;
  for (const chunk of chunks) {
    state = walk(state, chunk);
    const found = foundIn(state);
    if (found !== undefined) return found;
  }
  return undefined;
}

describe('the automaton', () => {
  it('finds what a naive search finds, first, wherever the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(letters(5, 1), { minLength: 1, maxLength: 6 }), letters(40), cuts, (texts, stream, at) => {
        const expected = naive(texts, stream, asTheyAre);
        const found = walked(texts, pieces(stream, at), asTheyAre);
        return found === undefined ? expected.length === 0 : expected.includes(found);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(Object.entries(READINGS))('does so for any bytes when they are read %s', (_name, reading) => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(bytes, { minLength: 1, maxLength: 5 }), fc.array(bytes), cuts, (texts, noise, at) => {
        const stream = Buffer.concat([...noise, texts[0]!, ...noise]);
        const expected = naive(texts, stream, reading);
        const found = walked(texts, pieces(stream, at), reading);
        return found === undefined ? expected.length === 0 : expected.includes(found);
      }),
    );
  });

  it('finds nothing without texts, and never an empty one', () => {
    expect(walked([], [Buffer.from('abc')], asTheyAre)).toBeUndefined();
    expect(walked([Buffer.alloc(0)], [Buffer.from('abc')], asTheyAre)).toBeUndefined();
  });
});
