import { fieldProblem, MAX_BYTES, valueProblem } from './secret-value.ts';

describe('the value of a secret', () => {
  it.each([
    ['short', '1234567', 'at least 8'],
    ['empty', '', 'at least 8'],
    ['with a line feed at its end', '12345678\n', 'line break'],
    ['with a carriage return', '1234\r5678', 'line break'],
    ['with a NUL', '1234\u00005678', 'NUL'],
    ['long', 'x'.repeat(MAX_BYTES + 1), 'more than'],
  ])('is not used when it is %s, and the reason says nothing of it', (_what, value, why) => {
    expect(valueProblem(Buffer.from(value))).toContain(why);
    expect(valueProblem(Buffer.from(value))).not.toContain('5678');
  });

  it('is used when it has eight bytes, and any bytes but those', () => {
    expect(valueProblem(Buffer.from('12345678'))).toBeUndefined();
    expect(valueProblem(Buffer.of(255, 1, 2, 3, 4, 5, 6, 7))).toBeUndefined();
  });

  it('stands in a field only when all of it is visible ASCII', () => {
    expect(fieldProblem(Buffer.from('abc!~'))).toBeUndefined();
    for (const value of ['a b', 'a\tb', 'ä', 'a\u007f']) expect(fieldProblem(Buffer.from(value))).toContain('ASCII');
  });
});
