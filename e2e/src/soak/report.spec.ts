import { asLines, isWell } from './report.ts';
import type { SoakReport } from './soak.ts';

const well: SoakReport = {
  ...{ requests: 100, seconds: 2, kinds: { good: { asked: 100, right: 100 } }, wrong: [] },
  ...{ sockets: { before: 3, after: 3 }, memoryMb: { before: 200, after: 230 } },
};

describe('a soak', () => {
  it('is well when every answer and sum was right and nothing was left over', () => {
    expect(isWell(well)).toBe(true);
    expect(asLines(well).at(-1)).toBe('no wrong answer, every budget exact');
  });

  it.each<[string, Partial<SoakReport>]>([
    ['one wrong answer', { wrong: ['/pages/good/1: 200 failed where succeeded is due'] }],
    ['one more socket than before', { sockets: { before: 3, after: 4 } }],
    ['memory that went on growing', { memoryMb: { before: 200, after: 300 } }],
  ])('is not well after %s', (_, change) => {
    expect(isWell({ ...well, ...change })).toBe(false);
  });

  it('says what was wrong', () => {
    expect(asLines({ ...well, wrong: ['this'] }).slice(-2)).toEqual(['1 wrong:', '  this']);
  });
});
