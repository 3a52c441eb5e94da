import type { Handlers } from '../handlers.ts';
import type { Kill, Kills } from './domain/kill.ts';
import { killSwitch } from './kill-switch.ts';

const everything = (state: Kill['state']): Kills => [
  { killId: 'kil_1', target: { scope: 'everything' }, state, pulledBy: 'olga', pulledAt: 'then', reason: 'x' },
];

/** A switch over a ledger that says what it is told to. */
function over(first: Kills) {
  const ledger = { now: first, loads: 0 };
  const load = async (): Promise<Kills> => {
    ledger.loads++;
    return ledger.now;
  };
  return { ledger, kills: killSwitch({ kills: { load } } as unknown as Pick<Handlers, 'kills'>) };
}

describe('what a process knows of the kill switch', () => {
  it('is read once, and then as the log tells', async () => {
    const { ledger, kills } = over([]);
    expect([await kills.refusal('a'), await kills.refusal('b'), ledger.loads]).toEqual([undefined, undefined, 1]);
    ledger.now = everything('pulled');
    await kills.hear([{ type: 'run.started' }]);
    expect(await kills.refusal('a')).toBeUndefined();
    await kills.hear([{ type: 'kill.pulled' }]);
    expect(await kills.refusal('a')).toMatchObject({ code: 'KILLED' });
  });

  it('is never older than what it knew: an answer that comes late brings no lifted kill back, and forgets none', async () => {
    const { kills } = over(everything('lifted'));
    await kills.kills();
    kills.know(everything('completed'));
    expect(await kills.refusal('a')).toBeUndefined();
    const other = over(everything('pulled'));
    await other.kills.kills();
    other.kills.know([]);
    expect(await other.kills.refusal('a')).toMatchObject({ code: 'KILLED' });
  });
});
