import { expectMeasured, quickly, runBench } from '../bench.features.ts';
import { asTable } from '../report.ts';
import type { LedgerBench } from './ledger-bench.ts';
import { ledgerReport } from './ledger-report.ts';

const TIMEOUT_MS = 240_000;

const ROWS = [
  'floor: COPY of 500 rows, 1',
  'floor: insert of one row, 1',
  ...[1, 64, 512].flatMap((inFlight) =>
    [
      'floor: group commit in process',
      'ours, over the bus',
      'peer: castore',
      'peer: transaction with advisory lock',
    ].map((name) => `${name}, ${inFlight}`),
  ),
  'ours, 10 events an append, 64',
];

describe('the bench of the ledger', () => {
  let bench: LedgerBench;

  beforeAll(async () => {
    bench = await quickly<LedgerBench>('ledger');
  }, TIMEOUT_MS);

  it('measures ours, the floors and the peers at each load', () => {
    expectMeasured(bench.rows, ROWS);
  });

  it('measures appends, proofs and what they leave on a growing log', () => {
    const sizes = bench.growth.map(({ size }) => size);
    expect(sizes).toHaveLength(3);
    for (const [index, least] of [200, 500, 1_000].entries()) expect(sizes[index]).toBeGreaterThanOrEqual(least);
    for (const { alone, together, proofs, footprint } of bench.growth) {
      for (const { ours, control } of [alone, together, proofs!.inclusion, proofs!.consistency]) {
        expect(ours.p50Ms).toBeGreaterThan(0);
        expect(control.p50Ms).toBeGreaterThan(0);
      }
      expect(footprint.tables.find(({ table }) => table === 'event')!.bytes).toBeGreaterThan(0);
      expect(footprint.busBytes).toBeGreaterThan(0);
      expect(footprint.heldBytes).toBeGreaterThan(0);
    }
  });

  it('measures the verifier beside bare work', () => {
    expect(bench.verify).toMatchObject({ events: 500 });
    expect(bench.verify!.perSecond).toBeGreaterThan(0);
    expect(bench.verify!.barePerSecond).toBeGreaterThan(0);
  });

  it('reports each of them', () => {
    const report = ledgerReport(bench);
    for (const line of asTable(bench.rows).split('\n')) expect(report).toContain(line);
    expect(report).toContain('events in the log');
    expect(report).toContain('the verifier');
    expect(report).toMatch(/events\/s, 512 in flight\s+≥ 10000/);
  });

  it(
    'says which parts there are when asked for another',
    async () => {
      const { exitCode, stderr } = await runBench('ledger', '--part', 'everything');
      expect(exitCode).not.toBe(0);
      expect(stderr).toContain('compare, growth, verify');
    },
    TIMEOUT_MS,
  );
});
