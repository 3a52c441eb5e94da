import { shown } from './narrator.ts';

describe('text from outside', () => {
  it('is shown as it is when it is plain', () => {
    expect(shown('Größe: 2,9 m — 船')).toBe('Größe: 2,9 m — 船');
  });

  it('cannot move the cursor or turn the reading direction', () => {
    expect(shown('\u001b[2Jgone\r\u202eback')).toBe('\\u{1b}[2Jgone\\u{d}\\u{202e}back');
  });
});
