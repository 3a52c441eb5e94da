import { asTable, besideFloor, type Row } from './report.ts';

const figures = (perSecond: number, p50Ms: number) => ({ perSecond, p50Ms, p99Ms: p50Ms * 2, count: 1, done: 1 });
const rows: Row[] = [
  { name: 'floor', inFlight: 1, figures: figures(1_000, 1) },
  { name: 'floor', inFlight: 64, figures: figures(4_000, 2) },
  { name: 'ours', inFlight: 64, figures: figures(1_000, 6), floor: 'floor' },
];

describe('the report', () => {
  it('compares with the floor at the same load', () => {
    expect(besideFloor(rows[2]!, rows)).toEqual({ throughput: 0.25, p50: 3 });
    expect(besideFloor(rows[0]!, rows)).toBeUndefined();
  });

  it('shows every row, with the ratios of those that have a floor', () => {
    const lines = asTable(rows).split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[3]).toMatch(/ours\s+64\s+1000\s+6\.00\s+12\.00\s+25 %\s+3\.0 ×/);
  });

  it('takes further columns', () => {
    const lines = asTable(rows, [{ head: 'done', cell: ({ figures: { done } }) => `${done} done` }]).split('\n');
    expect(lines[0]).toMatch(/ done$/);
    expect(lines[3]).toMatch(/3\.0 × +1 done$/);
  });
});
