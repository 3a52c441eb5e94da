import fc from 'fast-check';
import { canonicalBytes } from './canonical-json.ts';
import { decodeLeaf, encodeLeaf } from './leaf.ts';
import { createVerifier, type StoredRecord } from './verify.ts';
import { ORIGIN, sealLog, type Sealed } from './verify.features.ts';

const findingsOf = (records: readonly StoredRecord[]) => {
  const verifier = createVerifier(ORIGIN);
  return records.flatMap((record) => verifier.check(record));
};

const event = fc.record({
  stream: fc.constantFrom('run_a', 'run_b', 'apr_c'),
  erasable: fc.boolean(),
  data: fc.dictionary(
    fc.string({ maxLength: 8, unit: 'grapheme' }).filter((key) => key !== '__proto__'),
    fc.oneof(fc.maxSafeInteger(), fc.string({ unit: 'grapheme' }), fc.boolean(), fc.constant(null)),
    { maxKeys: 4 },
  ),
});
const log = fc.array(event, { minLength: 1, maxLength: 8 }).map(sealLog);

/** A log, one of its records, a place in one of its parts, and a change of that byte. */
const flip = log.chain((records) =>
  fc.nat({ max: records.length - 1 }).chain((at) => {
    const parts = (['leaf', 'leafHash', 'chain', 'data', 'salt'] as const).filter((part) => records[at]![part]);
    return fc.constantFrom(...parts).chain((part) =>
      fc.record({
        records: fc.constant(records),
        at: fc.constant(at),
        part: fc.constant(part),
        offset: fc.nat({ max: records[at]![part]!.length - 1 }),
        mask: fc.integer({ min: 1, max: 255 }),
      }),
    );
  }),
);

type Flip = typeof flip extends fc.Arbitrary<infer T> ? T : never;

function flipped({ records, at, part, offset, mask }: Flip): Sealed[] {
  const bytes = Uint8Array.from(records[at]![part]!);
  bytes[offset] = bytes[offset]! ^ mask;
  return records.map((record, index) => (index === at ? { ...record, [part]: bytes } : record));
}

describe('the verifier', () => {
  it('finds nothing wrong with a log as it was sealed', () => {
    fc.assert(fc.property(log, (records) => expect(findingsOf(records)).toEqual([])));
  });

  it('names the position of any changed byte first', () => {
    fc.assert(
      fc.property(flip, (change) => {
        expect(findingsOf(flipped(change))[0]?.position).toBe(change.at);
      }),
      { numRuns: 500 },
    );
  });

  it('names only the position of a changed byte in a leaf or its data, when the columns beside it are intact', () => {
    fc.assert(
      fc.property(flip, (change) => {
        fc.pre(change.part !== 'chain');
        const positions = findingsOf(flipped(change)).map(({ position }) => position);
        expect(new Set(positions)).toEqual(new Set([change.at]));
      }),
      { numRuns: 500 },
    );
  });

  it('notices any two records that change places', () => {
    fc.assert(
      fc.property(
        log.filter((records) => records.length > 1),
        fc.nat(),
        (records, place) => {
          const at = place % (records.length - 1);
          const swapped = records.with(at, records[at + 1]!).with(at + 1, records[at]!);
          expect(findingsOf(swapped)[0]?.position).toBe(records[at + 1]!.position);
        },
      ),
    );
  });
});

describe('a leaf', () => {
  it('comes back from its bytes as it was', () => {
    fc.assert(
      fc.property(log, (records) => {
        for (const { leaf } of records) {
          const decoded = decodeLeaf(leaf);
          expect(encodeLeaf(decoded)).toEqual(leaf);
          expect(canonicalBytes(decoded)).toEqual(leaf);
        }
      }),
    );
  });
});
