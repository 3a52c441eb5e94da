import { brief, shown, table } from './text.ts';

describe('text for a terminal', () => {
  it('stands in columns', () => {
    expect(
      table([
        ['NAME', 'PORT'],
        ['audit-ledger', '4711'],
      ]),
    ).toBe('NAME          PORT\naudit-ledger  4711');
  });

  it('cannot move the cursor or turn the reading direction', () => {
    expect(shown('a\u001b[2Kb\r\u202Ec\u009b\u200bd\ne – ü 漢')).toBe(
      'a\\u{1b}[2Kb\\u{d}\\u{202e}c\\u{9b}\\u{200b}d\ne – ü 漢',
    );
  });

  it('is cut to one short line', () => {
    expect(brief('one\n two   three', 20)).toBe('one two three');
    expect(brief('one two three', 8)).toBe('one two…');
  });
});
