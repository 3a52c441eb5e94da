import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { assertLedgerData, canonicalJson, ledgerJson } from './canonical-json.ts';

const json = fc.jsonValue({ maxDepth: 6, stringUnit: 'grapheme' });

const shuffled = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, shuffled(member)]),
  );
};

describe('canonicalJson', () => {
  it('says the same as the value it was made from', () => {
    fc.assert(
      fc.property(json, (value) => expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))),
    );
  });

  it('is its own canonical form', () => {
    fc.assert(
      fc.property(json, (value) => {
        const once = canonicalJson(value);
        expect(canonicalJson(JSON.parse(once))).toBe(once);
      }),
    );
  });

  it('does not depend on the order of keys', () => {
    fc.assert(fc.property(json, (value) => expect(canonicalJson(shuffled(value))).toBe(canonicalJson(value))));
  });

  it('is the same for two values exactly when they say the same', () => {
    const said = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
    const small = fc.jsonValue({ maxDepth: 2, stringUnit: fc.constantFrom('a', 'b') });
    fc.assert(
      fc.property(small, small, (a, b) => {
        expect(canonicalJson(a) === canonicalJson(b)).toBe(isDeepStrictEqual(said(a), said(b)));
      }),
    );
  });

  it('exists for everything that the ledger takes as data', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        try {
          assertLedgerData(value);
        } catch {
          return;
        }
        expect(typeof canonicalJson(value)).toBe('string');
      }),
    );
  });
});

describe('ledgerJson', () => {
  const outcome = (work: () => string): unknown => {
    try {
      return work();
    } catch (error) {
      return error;
    }
  };

  it('is the canonical form of what the ledger takes, and refuses all else as assertLedgerData does', () => {
    fc.assert(
      fc.property(fc.oneof(json, fc.anything({ withNullPrototype: true })), (value) => {
        const checked = outcome(() => {
          assertLedgerData(value);
          return canonicalJson(value);
        });
        expect(outcome(() => ledgerJson(value))).toEqual(checked);
      }),
      { numRuns: 1_000 },
    );
  });
});
