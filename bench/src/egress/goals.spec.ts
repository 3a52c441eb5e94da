import { goalsOf } from './goals.ts';

const figures = (p50Ms: number) => ({ perSecond: 1, p50Ms, p99Ms: p50Ms, count: 1, done: 1 });
const tunnel = (name: string, megabytesPerSecond: number) => ({
  ...{ name, inFlight: 1, figures: figures(1), windows: [] },
  ...{ direction: 'receiving' as const, megabytesPerSecond },
});
const row = (name: string, p50Ms: number) => ({ name, inFlight: 1, figures: figures(p50Ms), windows: [] });
const moving = (name: string, most: number) => ({
  ...{ name, direction: 'sending' as const, bytes: 2_000_000_000, seconds: 1 },
  ...{ residentBytes: { before: 1, most: 2 * most }, ownBytes: { before: 1, most } },
});

type Change = { readonly rate?: number; readonly guarded?: number; readonly most?: number };
const measured = ({ rate = 800, guarded = 0.9, most = 149_999_999 }: Change = {}) => ({
  tunnels: [tunnel('floor: bare Node proxy', 1_000), tunnel('peer: Squid', 900), tunnel('ours', rate)],
  guards: [row('floor: bare undici, a connection each', 0.5), row('ours, the guards alone', guarded)],
  moved: [moving('peer: Squid', 1_000_000_000), moving('ours', most)],
});
const reached = (change?: Change) => goalsOf(measured(change)).map((goal) => goal.reached);

describe('the goals of the way out', () => {
  it('are a share of a bare proxy, what the guards add, and the memory for a large body', () => {
    expect(reached()).toEqual([true, true, true]);
    expect(reached({ rate: 799 })).toEqual([false, true, true]);
    expect(reached({ guarded: 1.01 })).toEqual([true, false, true]);
    expect(reached({ most: 150_000_000 })).toEqual([true, true, false]);
  });

  it('say what was measured', () => {
    const lines = goalsOf(measured()).map(({ what, measured: found }) => `${what}: ${found}`);
    expect(lines).toEqual([
      'MB/s of the bare Node proxy, 1 receiving: 80 %',
      'p50 that the guards add, ms: 0.40',
      'own memory of ours, sending 2000 MB, MB: 150',
    ]);
  });

  it('are left out when their figures were not measured', () => {
    expect(goalsOf({ tunnels: [tunnel('ours', 1)], guards: [row('ours, the guards alone', 1)], moved: [] })).toEqual(
      [],
    );
    expect(goalsOf({ tunnels: [], guards: [], moved: [moving('ours', 0)] })).toEqual([]);
  });
});
