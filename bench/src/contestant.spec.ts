import type { LoadOptions } from './load.ts';
import { inTurns, type Contestant } from './contestant.ts';

const extent = { windows: 3, windowMs: 50, firstWarmUpMs: 20, warmUpMs: 5 };
const figures = (perSecond: number) => ({ perSecond, p50Ms: 1, p99Ms: 1, count: 1, done: 10 });
const quiet = () => {};

/** What happened, in order; each contestant gives the next of its rates. */
function match() {
  const events: string[] = [];
  const loads: LoadOptions[] = [];
  const contestant = (name: string, rates: number[]): Contestant => ({
    ...{ name, inFlight: 7 },
    measure: (load) => {
      events.push(name);
      loads.push(load);
      return Promise.resolve(figures(rates.shift()!));
    },
    settle: () => Promise.resolve(void events.push(`${name} settled`)),
  });
  return { events, loads, contestant };
}

describe('contestants in turns', () => {
  it('are measured window by window, each after the one before has settled, with a long warm-up at first', async () => {
    const { events, loads, contestant } = match();
    const contestants = [contestant('a', [1, 2, 3]), contestant('b', [1, 2, 3])];
    await inTurns(contestants, { extent, processorTime: () => Promise.resolve(undefined), log: quiet });
    const round = ['a', 'a settled', 'b', 'b settled'];
    expect(events).toEqual([...round, ...round, ...round]);
    expect(loads.map(({ warmUpMs }) => warmUpMs)).toEqual([20, 20, 5, 5, 5, 5]);
    for (const { inFlight, durationMs } of loads)
      expect({ inFlight, durationMs }).toEqual({ inFlight: 7, durationMs: 50 });
  });

  it('show the median of their windows, and keep all of them', async () => {
    const { contestant } = match();
    const turns = { extent, processorTime: () => Promise.resolve(undefined), log: quiet };
    const [row] = await inTurns([contestant('a', [30, 10, 20])], turns);
    expect(row).toMatchObject({ name: 'a', inFlight: 7, figures: { perSecond: 20 } });
    expect(row!.windows.map((window) => window.figures.perSecond)).toEqual([30, 10, 20]);
    expect(row).not.toHaveProperty('processor');
  });

  it('show the processor time of each event, settling included', async () => {
    const { events, contestant } = match();
    const processorTime = () => {
      const ledger = events.filter((event) => event.endsWith('settled')).length;
      return Promise.resolve({ ledger, postgres: 0, nats: 0, load: 0 });
    };
    const [row] = await inTurns([contestant('a', [1, 1, 1])], { extent, processorTime, log: quiet });
    expect(row!.processor).toEqual({ ledger: 100_000, postgres: 0, nats: 0, load: 0 });
  });
});
