import fc from 'fast-check';
import { charactersIn, charactersOf } from './characters.ts';

const texts = fc.string({ unit: 'binary', maxLength: 60 }).map((text) => text.toWellFormed());

describe('characters of a text that was cut into pieces', () => {
  it('are counted once, whatever the cut', () => {
    fc.assert(
      fc.property(texts, fc.nat(250), (text, cut) => {
        const bytes = Buffer.from(text);
        expect(charactersIn(bytes.subarray(0, cut)) + charactersIn(bytes.subarray(cut))).toBe([...text].length);
      }),
    );
  });

  it('are found by their number, from any piece on', () => {
    fc.assert(
      fc.property(texts, fc.nat(250), fc.nat(20), fc.nat(20), (text, cut, skip, limit) => {
        const bytes = Buffer.from(text);
        const before = charactersIn(bytes.subarray(0, cut));
        const wanted = [...text].slice(before + skip, before + skip + limit).join('');
        expect(charactersOf(bytes.subarray(cut), { skip, limit })).toBe(wanted);
      }),
    );
  });
});
