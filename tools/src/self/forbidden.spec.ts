import { forbiddenIn } from './forbidden.ts';

/** Put together from parts, so that this file may itself be checked. */
const join = (...parts: readonly string[]): string => parts.join('');

const REFUSED: readonly (readonly [string, string, string])[] = [
  ['docs/a.md', join('cd /wo', 'rk/main'), 'an absolute path of one machine'],
  ['src/a.ts', join("const a = '/ro", "ot/x';"), 'an absolute path of one machine'],
  ['src/a.ts', join('file:///ho', 'me/ann/x'), 'an absolute path of one machine'],
  ['.npmrc', join('registry.', 'corp.example/npm'), 'the name of a package registry'],
  ['package-lock.json', join('https://registry.', 'corp.example/x.tgz'), 'the name of a package registry'],
  ['README.md', join('https://registry.', 'npmjs.org/'), 'the name of a package registry outside a lock file'],
  ['src/a.ts', join('// TO', 'DO later'), 'something left undone'],
  ['src/a.spec.ts', join('describe', '.only("x")'), 'a test that hides others or is skipped'],
  ['src/a.spec.ts', join('xi', 't("x")'), 'a test that hides others or is skipped'],
  ['src/a.ts', join('// @ts-', 'ignore'), 'a suppressed check'],
  ['src/a.ts', join('/* eslint-', 'disable */'), 'a suppressed check'],
];

describe('what a file must not hold', () => {
  it.each(REFUSED)('refuses in %s: %s', (path, line, what) => {
    expect(forbiddenIn(path, `first\n${line}\n`)).toEqual([`${path}:2: ${what}`]);
  });

  it.each([
    ['src/a.ts', join('https://example.org/wo', 'rk/root/home and ./wo', 'rk/x and services/root/y')],
    ['package-lock.json', join('"resolved": "https://registry.', 'npmjs.org/a/-/a-1.tgz"')],
    ['src/a.ts', 'stream.skip(3); queue.only(x); autodoc'],
    ['src/a.spec.ts', join("HOME: '/ho", "me/someone'")],
    ['src/a.spec.ts', 'it("skips a paused run", run)'],
  ])('lets %s pass with what only looks alike', (path, line) => {
    expect(forbiddenIn(path, line)).toEqual([]);
  });
});
