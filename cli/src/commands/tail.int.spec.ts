import type { CloudEvent } from '@causeway/contracts';
import { until } from '@causeway/testing';
import { parseInput } from '../command.ts';
import { inHome, startVictim, type Victim } from '../verify/tampering.features.ts';
import { tail } from './tail.ts';

let victim: Victim;
beforeAll(async () => {
  victim = await startVictim();
  await victim.append(20);
}, 120_000);
afterAll(() => victim?.stop(), 60_000);

/** Follows until `end` is called; `told` has the lines so far. */
function follow(...args: string[]) {
  const told: string[] = [];
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const running = inHome(victim.home, ({ out }) => {
    const say = (line: string) => {
      told.push(line);
      out(line);
    };
    return tail.run(parseInput(args, tail), { out: say, err: say, ended });
  });
  const end = () => {
    resolve();
    return running;
  };
  return { told, end };
}

describe('tail', () => {
  it('has one shape for what was and what comes, and misses nothing while the ledger is away', async () => {
    const { told, end } = follow('--from', '5', '--json');
    const events = () => told.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as CloudEvent);
    await until('it has told what was', () => events().length >= 16);
    await victim.append(10);
    await victim.whileDown(async () => undefined);
    await victim.append(10);
    await until('it has told what came', () => events().some(({ position }) => position === 40));
    const { code } = await end();
    expect(code).toBe(0);
    expect(events().map(({ position }) => position)).toEqual(Array.from({ length: 36 }, (_, n) => n + 5));
    expect(new Set(events().map((event) => Object.keys(event).sort().join())).size).toBe(1);
    expect(events().every(({ specversion }) => specversion === '1.0')).toBe(true);
  }, 60_000);

  it('tells a gap that the log itself has', async () => {
    await victim.keep('good');
    await victim.sql('delete from event where position = 8');
    const { told, end } = follow('--from', '5');
    await until('it has told what follows the gap', () => told.some((line) => / 9 {2}/.test(line)));
    const { code, out } = await end();
    await victim.restore('good');
    expect([code, out]).toEqual([1, expect.stringContaining('!! positions 8 to 8 did not come')]);
  }, 60_000);

  it('ends by itself after the time that it is given', async () => {
    const { code } = await inHome(victim.home, (io) => tail.run(parseInput(['--follow-for', '1'], tail), io));
    expect(code).toBe(0);
  });
});
