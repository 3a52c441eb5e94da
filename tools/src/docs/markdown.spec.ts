import { anchors, codeSpans, links, shellBlocks, tableRows } from './markdown.ts';

const PAGE = [
  '# The road, in short',
  'See [the ledger](docs/ledger.md#proofs "more") and `libs/ledger`.',
  '```sh',
  './causeway up # [no](link.md)',
  '```',
  '```ts',
  'const notAShell = `libs/nothing`;',
  '```',
  '| code | status |',
  '| --- | :-: |',
  '| `A_B` | 400 |',
].join('\n');

describe('reading a document', () => {
  it('finds links in the prose, not in code', () => {
    expect(links(PAGE)).toEqual(['docs/ledger.md#proofs']);
  });

  it('finds inline code in the prose, not in blocks', () => {
    expect(codeSpans(PAGE)).toEqual(['libs/ledger', 'A_B']);
  });

  it('tells shell blocks from other blocks', () => {
    expect(shellBlocks(PAGE)).toEqual(['./causeway up # [no](link.md)\n']);
  });

  it('splits table rows into cells and leaves rulers out', () => {
    expect(tableRows(PAGE)).toEqual([
      ['code', 'status'],
      ['`A_B`', '400'],
    ]);
  });

  it('makes the anchors of headings', () => {
    expect([...anchors(PAGE)]).toEqual(['the-road-in-short']);
  });
});
