import { brokenLinks, missingPaths, type Tree } from './references.ts';

const FILES: Readonly<Record<string, string>> = {
  'docs/errors.md': '# Codes\n',
  'libs/ledger/src/chain.ts': '',
  'services/gateway/README.md': '',
};

const matches = (pattern: string, path: string): boolean =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replace(/[.]/g, '\\.'))
      .join('[^/]*')}(/|$)`,
  ).test(path);

const tree: Tree = {
  has: (path) => path === 'README.md' || Object.keys(FILES).some((file) => matches(path, file)),
  read: (path) => FILES[path],
};

const doc = (text: string, path = 'README.md') => ({ path, text });

describe('links', () => {
  it('pass when they lead to a file, a heading, or out to the web', () => {
    const text = '# Top\n[a](docs/errors.md) [b](docs/errors.md#codes) [c](#top) [d](https://example.org/x)';
    expect(brokenLinks(doc(text), tree)).toEqual([]);
  });

  it('are taken relative to the document that holds them', () => {
    expect(brokenLinks(doc('[up](../services/gateway/README.md)', 'docs/index.md'), tree)).toEqual([]);
    expect(brokenLinks(doc('[down](services/gateway/README.md)', 'docs/index.md'), tree)).toHaveLength(1);
  });

  it('fail when the file or the heading does not exist', () => {
    const complaints = brokenLinks(doc('[a](docs/gone.md) [b](docs/errors.md#gone) [c](../outside.md)'), tree);
    expect(complaints).toEqual([
      expect.stringContaining('docs/gone.md, which does not exist'),
      expect.stringContaining('a heading that docs/errors.md does not have'),
      expect.stringContaining('leaves the repository'),
    ]);
  });
});

describe('paths in inline code', () => {
  it('pass when they are in the tree, with a line number, a wildcard or a placeholder', () => {
    const text = '`libs/ledger/src/chain.ts:12` `libs/ledger/` `services/*/README.md` `services/<service>/README.md`';
    expect(missingPaths(doc(text), tree)).toEqual([]);
  });

  it('fail when they are not there', () => {
    expect(missingPaths(doc('`libs/ledger/src/gone.ts`'), tree)).toHaveLength(1);
  });

  it('are not looked for in commands or in words that only hold a slash', () => {
    expect(missingPaths(doc('`node tools/src/x.ts` `application/json` `cat libs/gone`'), tree)).toEqual([]);
  });
});
