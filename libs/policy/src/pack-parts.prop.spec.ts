import fc from 'fast-check';
import { digestOf, type PackFiles } from './pack.ts';
import { joinedParts, MAX_PACK_BYTES, packParts } from './pack-parts.ts';

const LEAF_ROOM = 60_000;
const line = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.integer({ min: 0, max: 9_000 }).map((n) => 'ü'.repeat(n)),
);
const text = fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n'));
const files = fc.record({ 'constitution.cedar': text, 'pack.yaml': text, 'policy.cedar': text });
const of = (policy: string): PackFiles => ({ 'constitution.cedar': '', 'pack.yaml': '', 'policy.cedar': policy });

describe('the parts of a pack', () => {
  it('make the same files again, and fit an event each', () => {
    fc.assert(
      fc.property(files, (pack) => {
        const parts = packParts(pack);
        expect(digestOf(joinedParts(parts))).toBe(digestOf(pack));
        expect(Math.max(...parts.map((part) => Buffer.byteLength(JSON.stringify(part))))).toBeLessThan(LEAF_ROOM);
      }),
      { numRuns: 50 },
    );
  });

  it('are none of a line or a pack that is too large, with its place', () => {
    expect(() => packParts(of(`a\n${'x'.repeat(50_000)}`))).toThrow(/policy\.cedar:2 this line has/);
    expect(() => packParts(of('a line\n'.repeat(MAX_PACK_BYTES / 7)))).toThrow(/at most 256000 are kept/);
  });
});
