import { isRolledBack, isUniqueViolation } from './commit-error.ts';

const fromServer = (severity: string, code: string) =>
  Object.assign(new Error('told by the server'), { severity, code });

describe('an error of a commit', () => {
  it('says that nothing was written when the server refused the statement', () => {
    expect(isRolledBack(fromServer('ERROR', '53100'))).toBe(true);
    expect(isUniqueViolation(fromServer('ERROR', '23505'))).toBe(true);
    expect(isUniqueViolation(fromServer('ERROR', '53100'))).toBe(false);
  });

  it.each([
    ['the server ended the connection', fromServer('FATAL', '57P01')],
    ['the connection was lost', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })],
    ['anything else was thrown', 'text'],
  ])('says nothing about the outcome when %s', (_, error) => {
    expect(isRolledBack(error)).toBe(false);
    expect(isUniqueViolation(error)).toBe(false);
  });
});
