import { RunId, SessionId, StepId } from '@causeway/contracts';
import { operatorPrincipal } from '../identity/principal.ts';
import { idOfKey, newId, sessionToken, stepIdOfKey } from './ids.ts';

const ada = operatorPrincipal({ id: 'ada', role: 'operator' });
const bob = operatorPrincipal({ id: 'bob', role: 'operator' });

describe('ids', () => {
  it('makes valid ids of any key', () => {
    expect(SessionId.safeParse(idOfKey('session', ada, 'a key')).success).toBe(true);
    expect(RunId.safeParse(idOfKey('run', ada, '~!"§')).success).toBe(true);
    expect(StepId.safeParse(stepIdOfKey('run_1', 'K/1')).success).toBe(true);
  });

  it('makes the same id of the same key, and another for another principal, kind, run or key', () => {
    const ids = [
      idOfKey('run', ada, 'k'),
      idOfKey('run', bob, 'k'),
      idOfKey('run', ada, 'k2'),
      idOfKey('run', { ...ada, actor: { kind: 'agent', id: 'ada' } }, 'k'),
      idOfKey('session', ada, 'k').replace('ses_', 'run_'),
      stepIdOfKey('run_1', 'k'),
      stepIdOfKey('run_2', 'k'),
      stepIdOfKey('run_1', 'k2'),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(idOfKey('run', ada, 'k')).toBe(ids[0]);
  });

  it('makes new ids that sort by age and read back their time', () => {
    const random = new Uint8Array(10).fill(255);
    const ids = [0, 1, 2 ** 32 - 1, 2 ** 32, 1_800_000_000_000].map((nowMs) => newId('run', nowMs, random));
    expect([...ids].sort()).toEqual(ids);
    expect(ids.every((id) => RunId.safeParse(id).success)).toBe(true);
    expect(newId('run', 0, new Uint8Array(10))).toBe(`run_${'0'.repeat(26)}`);
  });

  it('refuses other than 80 random bits', () => {
    expect(() => newId('run', 0, new Uint8Array(9))).toThrow(RangeError);
  });

  it('makes a token of 256 bits', () => {
    expect(sessionToken(new Uint8Array(32).fill(251))).toMatch(/^cwa_[A-Za-z0-9_-]{43}$/);
  });
});
