import { factsIn, summaryOf } from './facts.ts';

describe('facts', () => {
  it('are read from the bullets of a Markdown page, prose left aside', () => {
    const page =
      '# A lock\n\nIt rises.\n\n- **Rise**: 2.9 m\n- **Next works**: paddles, 12 to 16 January\n- not a fact\n';
    expect(factsIn(page)).toEqual([
      { name: 'Rise', value: '2.9 m' },
      { name: 'Next works', value: 'paddles, 12 to 16 January' },
    ]);
  });

  it('are read from the description list of an HTML page', () => {
    const page = '<dl>\n<dt>Boats up</dt>\n  <dd>187</dd><dt> Boats down </dt><dd>\n203</dd></dl>';
    expect(factsIn(page)).toEqual([
      { name: 'Boats up', value: '187' },
      { name: 'Boats down', value: '203' },
    ]);
  });

  it('are none on a page that states none', () => {
    expect(factsIn('<h1>Nothing</h1>')).toEqual([]);
  });

  it('become a summary, one line each', () => {
    expect(summaryOf('Report', [{ name: 'Rise', value: '2.9 m' }])).toBe('# Report\n\n- Rise: 2.9 m\n');
  });
});
