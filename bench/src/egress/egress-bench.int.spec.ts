import { expectMeasured, quickly, runBench } from '../bench.features.ts';
import { asTable } from '../report.ts';
import type { EgressBench } from './egress-bench.ts';
import { egressReport } from './egress-report.ts';

const TIMEOUT_MS = 480_000;

const at = (inFlight: number, ...names: readonly string[]) => names.map((name) => `${name}, ${inFlight}`);
const OURS = ['ours', 'ours, through the forward proxy', 'ours, a step that fetches nothing'];

describe('the bench of egress-proxy', () => {
  let bench: EgressBench;
  /** Squid is measured where it can be had, and named where it cannot. */
  let others: readonly string[];

  beforeAll(async () => {
    bench = await quickly<EgressBench>('egress');
    const squid = bench.leftOut.length === 0 ? ['peer: Squid'] : [];
    others = ['floor: direct', 'floor: bare Node proxy', ...squid];
  }, TIMEOUT_MS);

  it('measures everybody or says who is missing', () => {
    for (const line of bench.leftOut) expect(line).toMatch(/^Squid is left out: /);
  });

  it('measures requests with their intent and fact, beside others at each load', () => {
    expectMeasured(
      bench.fetches,
      [1, 4].flatMap((load) => at(load, ...others, ...OURS)),
    );
  });

  it('measures the guards alone, beside the client that they use', () => {
    const names = ['floor: bare undici, kept alive', 'floor: bare undici, a connection each', 'ours, the guards alone'];
    expectMeasured(bench.guards, at(1, ...names));
  });

  it('measures tunnels in both directions', () => {
    const rows = (direction: string) => bench.tunnels.filter((row) => row.direction === direction);
    expectMeasured(
      rows('receiving'),
      [1, 2].flatMap((load) => at(load, ...others, 'ours')),
    );
    expectMeasured(rows('sending'), at(1, ...others, 'ours'));
    for (const { megabytesPerSecond } of bench.tunnels) expect(megabytesPerSecond).toBeGreaterThan(0);
  });

  it('measures the memory of every proxy while a large body goes through', () => {
    const proxies = [...others.slice(1), 'ours'];
    const tunnels = proxies.flatMap((name) => [`${name}, receiving`, `${name}, sending`]);
    const kept = ['receiving', 'sending'].flatMap((direction) =>
      ['ours, kept as resources', 'ours, resource-store with it'].map((name) => `${name}, ${direction}`),
    );
    const forwarded = ['receiving', 'sending'].map((direction) => `ours, through the forward proxy, ${direction}`);
    const due = [...tunnels, ...forwarded, ...kept];
    expect(bench.moved.map(({ name, direction }) => `${name}, ${direction}`)).toEqual(due);
    for (const { bytes, residentBytes, ownBytes } of bench.moved) {
      expect(bytes).toBe(2 ** 24);
      expect(residentBytes.most).toBeGreaterThanOrEqual(residentBytes.before);
      expect(ownBytes.most).toBeGreaterThanOrEqual(ownBytes.before);
      expect(ownBytes.before).toBeGreaterThan(0);
      expect(residentBytes.before).toBeGreaterThan(ownBytes.before);
    }
  });

  it('reports each of them', () => {
    const report = egressReport(bench);
    for (const rows of [bench.fetches, bench.guards])
      for (const line of asTable(rows).split('\n')) expect(report).toContain(line);
    expect(report).toMatch(/tunnels, receiving.*MB\/s/);
    expect(report).toMatch(/MB\/s of the bare Node proxy, 2 receiving\s+≥ 80 %/);
    expect(report).toMatch(/p50 that the guards add, ms\s+< 0\.5/);
    expect(report).toMatch(/own memory of ours, receiving 17 MB, MB\s+< 150/);
    for (const line of bench.leftOut) expect(report).toContain(line);
  });

  it(
    'says which parts there are when asked for another',
    async () => {
      const { exitCode, stderr } = await runBench('egress', '--part', 'everything');
      expect(exitCode).not.toBe(0);
      expect(stderr).toContain('memory, tunnel, fetch, guards');
    },
    TIMEOUT_MS,
  );
});
