import { goalsOf } from './goals.ts';

const row = (name: string, inFlight: number, perSecond: number, p50Ms = 1) => ({
  ...{ name, inFlight },
  figures: { perSecond, p50Ms, p99Ms: p50Ms, count: 1, done: 1 },
});
const FLOOR = 'floor: same hops and commits';
const measured = (change: { rate?: number; alone?: number } = {}) => [
  ...[row(FLOOR, 64, 1_000), row('peer: Restate', 64, 600), row('peer: DBOS', 64, 500)],
  ...[row('ours', 64, change.rate ?? 700), row('ours', 1, 200, change.alone ?? 4)],
];
const reached = (rows: ReturnType<typeof measured>) => goalsOf(rows, { together: 64 }).map((goal) => goal.reached);

describe('the goals of a step', () => {
  it('are both peers, a share of the floor, and the time of a step alone', () => {
    expect(reached(measured())).toEqual([true, true, true, true]);
    expect(reached(measured({ rate: 699 }))).toEqual([true, true, false, true]);
    expect(reached(measured({ rate: 600 }))).toEqual([false, true, false, true]);
    expect(reached(measured({ rate: 500 }))).toEqual([false, false, false, true]);
    expect(reached(measured({ alone: 4.01 }))).toEqual([true, true, true, false]);
  });

  it('are left out when their figures were not measured', () => {
    expect(goalsOf([row('ours', 64, 700)], { together: 64 })).toEqual([]);
    expect(goalsOf([row('ours', 64, 700), row('peer: DBOS', 64, 500)], { together: 64 })).toHaveLength(1);
    expect(goalsOf([row('ours', 8, 700), row(FLOOR, 8, 900)], { together: 64 })).toEqual([]);
  });
});
