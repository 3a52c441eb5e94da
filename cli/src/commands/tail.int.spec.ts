import type { CloudEvent } from '@causeway/contracts';
import { parseInput } from '../command.ts';
import { inHome, startVictim, type Victim } from '../verify/tampering.features.ts';
import { tail } from './tail.ts';

let victim: Victim;
beforeAll(async () => {
  victim = await startVictim();
  await victim.append(20);
}, 120_000);
afterAll(() => victim?.stop(), 60_000);

const follow = (...args: string[]) => inHome(victim.home, (io) => tail.run(parseInput(args, tail), io));

describe('tail', () => {
  it('has one shape for what was and what comes, and misses nothing while the ledger is away', async () => {
    const running = follow('--from', '5', '--json', '--follow-for', '12');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await victim.append(10);
    await victim.whileDown(async () => undefined);
    await victim.append(10);
    const { code, out } = await running;
    const events = out
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as CloudEvent);
    expect(code).toBe(0);
    expect(events.map(({ position }) => position)).toEqual(Array.from({ length: 36 }, (_, n) => n + 5));
    expect(new Set(events.map((event) => Object.keys(event).sort().join())).size).toBe(1);
    expect(events.every(({ specversion }) => specversion === '1.0')).toBe(true);
  }, 60_000);

  it('tells a gap that the log itself has', async () => {
    await victim.keep('good');
    await victim.sql('delete from event where position = 8');
    const { code, out } = await follow('--from', '5', '--follow-for', '2');
    await victim.restore('good');
    expect([code, out]).toEqual([1, expect.stringContaining('!! positions 8 to 8 did not come')]);
  }, 30_000);
});
