import { OURS } from './compare.ts';
import { GROUP_COMMIT } from './floors/group-commit.ts';
import { SINGLE_INSERT } from './floors/single-insert.ts';
import { goalsOf, GROWING, growthOf } from './goals.ts';
import type { GrowthPoint } from './growth.ts';
import type { LedgerBench } from './ledger-bench.ts';
import { ledgerReport } from './ledger-report.ts';
import { QUICK } from './options.ts';

const figures = (perSecond: number, p50Ms: number) => ({ perSecond, p50Ms, p99Ms: p50Ms, count: 1, done: 1 });
/** A log of this size where an append alone takes so many times an insert, and a proof so many times a question. */
const point = (size: number, times: number, proofTimes?: number): GrowthPoint => ({
  ...{ size, sizeAfter: size },
  alone: { ours: figures(1, times * size), control: figures(1, size) },
  together: {
    ...{ ours: figures(1_000, 1), control: figures(2_000, 1) },
    processor: { ledger: 50, postgres: 40, nats: 5, load: 5 },
  },
  fill: { seconds: 1, perSecond: size, publishedAfterSeconds: 0 },
  footprint: {
    residentBytes: 1,
    mostResidentBytes: 1,
    ownBytes: 1,
    tables: [{ table: 'event', bytes: size * 1_000 }],
    busBytes: 0,
    heldBytes: 50 + Math.log10(size),
  },
  ...(proofTimes === undefined
    ? {}
    : {
        proofs: {
          inclusion: { ours: figures(1, proofTimes * size), control: figures(1, size) },
          consistency: { ours: figures(1, proofTimes * size), control: figures(1, size) },
        },
      }),
});
const bench = (change: Partial<LedgerBench>): LedgerBench => ({
  ...{ extent: QUICK, processors: 2, rows: [], growth: [] },
  ...change,
});
const reached = (change: Partial<LedgerBench>) =>
  goalsOf(bench(change)).map(({ measured, reached: isReached }) => [measured, isReached]);

describe('the goals', () => {
  it('compare ours at 512 in flight with a rate and with the floor at the same load', () => {
    const rows = (perSecond: number) => [
      { name: GROUP_COMMIT, inFlight: 64, windows: [], figures: figures(90_000, 1) },
      { name: GROUP_COMMIT, inFlight: 512, windows: [], figures: figures(20_001, 1) },
      { name: OURS, inFlight: 512, windows: [], figures: figures(perSecond, 1) },
    ];
    expect(reached({ rows: rows(10_001) })).toEqual([
      ['10001', true],
      ['50 %', true],
    ]);
    expect(reached({ rows: rows(9_999) })).toEqual([
      ['9999', false],
      ['50 %', false],
    ]);
  });

  it('compare an append alone with an insert', () => {
    const rows = (p50Ms: number) => [
      { name: SINGLE_INSERT, inFlight: 1, windows: [], figures: figures(1, 0.5) },
      { name: OURS, inFlight: 1, windows: [], figures: figures(1, p50Ms) },
    ];
    expect(reached({ rows: rows(1.4) })).toEqual([['2.80 ×', true]]);
    expect(reached({ rows: rows(1.5) })).toEqual([['3.00 ×', false]]);
  });

  it('ask of the verifier a rate or a share', () => {
    const verify = (perSecond: number, barePerSecond: number) => ({ verify: { events: 1, perSecond, barePerSecond } });
    expect(reached(verify(100_000, 1_000_000))).toEqual([['100000, 10 %', true]]);
    expect(reached(verify(60_000, 100_000))).toEqual([['60000, 60 %', true]]);
    expect(reached(verify(50_000, 100_000))).toEqual([['50000, 50 %', false]]);
  });

  it('compare costs on the largest log with those on the smallest, each beside its control', () => {
    const growth = [point(10, 1, 2), point(100, 9, 9), point(1_000, 1.4, 2.4)];
    expect(reached({ growth })).toEqual([
      ['1.40 ×', false],
      ['1.00 ×', true],
      ['1.00 ×', true],
      ['1.20 ×', true],
      ['1.20 ×', true],
      ['1.02 ×', true],
      ['1.00 ×', true],
    ]);
    expect(growthOf(growth, GROWING[0]!)).toEqual([1, 9, 1.4]);
  });

  it('ask that memory does not grow between the last two sizes', () => {
    const holding = (size: number, heldBytes: number, residentBytes: number) => {
      const { footprint, ...rest } = point(size, 1);
      return { ...rest, footprint: { ...footprint, heldBytes, residentBytes } };
    };
    const grown = (heldBytes: number, residentBytes: number) =>
      reached({
        growth: [holding(10, 1, 1), holding(100, 100, 1_000), holding(1_000, heldBytes, residentBytes)],
      }).slice(-2);
    expect(grown(110, 1_110)).toEqual([
      ['1.10 ×', true],
      ['1.11 ×', false],
    ]);
    expect(grown(111, 900)).toEqual([
      ['1.11 ×', false],
      ['0.90 ×', true],
    ]);
  });

  it('leave out what was not measured, and the report says when proofs are not served', () => {
    expect(goalsOf(bench({}))).toEqual([]);
    const growth = [point(10, 1), point(100, 1)];
    expect(goalsOf(bench({ growth }))).toHaveLength(3);
    expect(ledgerReport(bench({ growth }))).toMatch(/inclusion proof, p50 ms\s+not served\s+not served/);
  });
});
