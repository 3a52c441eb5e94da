import { expectMeasured, quickly, runBench } from '../bench.features.ts';
import { asTable } from '../report.ts';
import type { RunsBench } from './runs-bench.ts';
import { runsReport } from './runs-report.ts';

const TIMEOUT_MS = 480_000;

const FLOORS = ['floor: same hops and commits', 'floor: committing in the worker'];
const PEERS = ['peer: Restate', 'peer: DBOS'];
const at = (inFlight: number, ...names: readonly string[]) => names.map((name) => `${name}, ${inFlight}`);
const ROWS = [
  ...at(1, ...FLOORS, 'ours', ...PEERS),
  ...at(4, 'ours', 'ours, one hot run'),
  ...at(8, ...FLOORS, 'ours', 'ours, one hot run', ...PEERS),
];

describe('the bench of runs', () => {
  let bench: RunsBench;

  beforeAll(async () => {
    bench = await quickly<RunsBench>('runs');
  }, TIMEOUT_MS);

  it('measures governed steps, the floors and the peers at each load', () => {
    expectMeasured(bench.rows, ROWS);
  });

  it('measures what runs that wait take, and what they cost those who ask', () => {
    const { paused } = bench;
    expect(paused).toMatchObject({ runs: 200, approvals: 200 });
    for (const { count } of [paused!.runList, paused!.approvalList]) expect(count).toBe(5);
    expect(paused!.residentBytes.after).toBeGreaterThan(0);
    expect(paused!.tableBytes).toBeGreaterThan(0);
  });

  it('measures starting and rebuilding on logs of several sizes', () => {
    expect(bench.restarts.map(({ size }) => size >= 100)).toEqual([true, true]);
    for (const { startMs, rebuildMs, equal } of bench.restarts) {
      expect(startMs).toBeGreaterThan(0);
      expect(rebuildMs).toBeGreaterThan(0);
      expect(equal).toBe(true);
    }
  });

  it('reports each of them', () => {
    const report = runsReport(bench);
    for (const line of asTable(bench.rows).split('\n')) expect(report).toContain(line);
    expect(report).toContain('runs that wait');
    expect(report).toContain('events in the log');
    expect(report).toMatch(/of the bare floor, 8 in flight\s+≥ 70 %/);
    expect(report).toMatch(/p50 of a step alone, ms\s+≤ 4/);
  });

  it(
    'says which parts there are when asked for another',
    async () => {
      const { exitCode, stderr } = await runBench('runs', '--part', 'everything');
      expect(exitCode).not.toBe(0);
      expect(stderr).toContain('compare, paused, restart');
    },
    TIMEOUT_MS,
  );
});
