import { labelOf } from './label.ts';

describe('the label of a resource', () => {
  it.each(['text', 'file', 'url'] as const)('is untrusted for a %s, whatever is said about it', (source) => {
    expect(labelOf(source, 'own-words')).toBe('untrusted');
    expect(labelOf(source, 'holds-outside-text')).toBe('untrusted');
  });

  it('is internal only for a result without text from outside', () => {
    expect(labelOf('result', 'own-words')).toBe('internal');
    expect(labelOf('result', 'holds-outside-text')).toBe('untrusted');
  });
});
