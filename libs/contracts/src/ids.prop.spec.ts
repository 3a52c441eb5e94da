import fc from 'fast-check';
import {
  ApprovalId,
  CallId,
  formatId,
  ID_PREFIXES,
  PrincipalId,
  ResourceId,
  RunId,
  SessionId,
  StepId,
  type IdKind,
} from './ids.ts';

const SCHEMAS = { session: SessionId, run: RunId, approval: ApprovalId, resource: ResourceId, call: CallId } as const;
const bytes16 = fc.uint8Array({ minLength: 16, maxLength: 16 });

const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';

describe('an id', () => {
  it('is the number that its bytes make, in base 32', () => {
    fc.assert(
      fc.property(bytes16, (bytes) => {
        const [, text] = formatId('run', bytes).split('_');
        const value = [...text!].reduce((sum, digit) => sum * 32n + BigInt(DIGITS.indexOf(digit)), 0n);
        expect(value).toBe(BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
      }),
    );
  });

  it.each(Object.entries(SCHEMAS) as [keyof typeof SCHEMAS, (typeof SCHEMAS)[keyof typeof SCHEMAS]][])(
    'of a %s fits its own schema and no other',
    (kind, schema) => {
      fc.assert(
        fc.property(bytes16, (bytes) => {
          const id = formatId(kind, bytes);
          expect(schema.safeParse(id).success).toBe(true);
          for (const [other, otherSchema] of Object.entries(SCHEMAS)) {
            if (other !== kind) expect(otherSchema.safeParse(id).success).toBe(false);
          }
        }),
      );
    },
  );

  it('sorts as its bytes do, so that ids that begin with the time sort by age', () => {
    fc.assert(
      fc.property(bytes16, bytes16, (one, other) => {
        const byBytes = Math.sign(Buffer.compare(one, other));
        const [a, b] = [formatId('run', one), formatId('run', other)];
        expect(a < b ? -1 : a > b ? 1 : 0).toBe(byBytes);
      }),
    );
  });

  it('is one restricted token of a subject', () => {
    fc.assert(
      fc.property(fc.constantFrom(...(Object.keys(ID_PREFIXES) as IdKind[])), bytes16, (kind, bytes) => {
        expect(formatId(kind, bytes)).toMatch(/^[a-z]+_[0-9a-z]{26}$/);
      }),
    );
  });

  it('is made of exactly 16 bytes', () => {
    expect(() => formatId('run', new Uint8Array(15))).toThrow(RangeError);
    expect(() => formatId('run', new Uint8Array(17))).toThrow(RangeError);
    expect(formatId('run', new Uint8Array(16))).toBe('run_00000000000000000000000000');
    expect(formatId('run', new Uint8Array(16).fill(255))).toBe('run_7zzzzzzzzzzzzzzzzzzzzzzzzz');
  });
});

describe('the words of callers', () => {
  it.each(['a', 'read-1', 'a_b', '0', 'x'.repeat(64)])('%s is a step id', (id) =>
    expect(StepId.safeParse(id).success).toBe(true),
  );
  it.each(['', 'A', '-a', '_a', 'a.b', 'a b', '*', '>', 'ä', 'a\n', 'x'.repeat(65)])('%j is no step id', (id) =>
    expect(StepId.safeParse(id).success).toBe(false),
  );
  it.each(['', '.', 'a.b', '*', '>', 'a b', '-a', 'a\n', 'x'.repeat(65)])('%j names no principal', (id) =>
    expect(PrincipalId.safeParse(id).success).toBe(false),
  );
});
