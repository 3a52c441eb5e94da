import { valueAt } from './watched.ts';

const value = { a: { b: [10, { c: 'x' }] }, 'd/e': 1, 'f~g': 2, '': 3, n: null };

describe('a JSON pointer', () => {
  it.each([
    ['/a/b/0', 10],
    ['/a/b/1/c', 'x'],
    ['/d~1e', 1],
    ['/f~0g', 2],
    ['/', 3],
    ['/n', null],
  ])('%s leads to its value', (pointer, found) => expect(valueAt(value, pointer)).toBe(found));

  it.each(['/x', '/a/b/2', '/a/b/01', '/a/b/-', '/a/b/length', '/n/x', '/constructor', '/a/toString', '/a/b/1/c/0'])(
    '%s leads nowhere',
    (pointer) => expect(valueAt(value, pointer)).toBeUndefined(),
  );
});
