import fc from 'fast-check';
import { eventIds } from './event-ids.ts';

/** Few different ids, some alike in all but one word, so that ids come twice and probing is needed. */
const id = fc
  .tuple(...[8, 4, 4, 4, 12].map((digits) => fc.constantFrom('0', '1', 'f', 'a').map((digit) => digit.repeat(digits))))
  .map((parts) => parts.join('-'));

describe('a set of event ids', () => {
  it('takes each id once, as a set does', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(id, fc.uuid()), { maxLength: 200 }), (ids) => {
        const [plain, compact] = [new Set<string>(), eventIds()];
        for (const one of ids) {
          expect(compact.add(one)).toBe(!plain.has(one));
          plain.add(one);
        }
        expect(compact.size()).toBe(plain.size);
      }),
    );
  });

  it('keeps all of them while it grows', () => {
    const ids = eventIds();
    const numbered = (n: number) => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
    for (let n = 0; n < 10_000; n++) expect(ids.add(numbered(n))).toBe(true);
    for (let n = 0; n < 10_000; n++) expect(ids.add(numbered(n))).toBe(false);
    expect(ids.size()).toBe(10_000);
  });
});
