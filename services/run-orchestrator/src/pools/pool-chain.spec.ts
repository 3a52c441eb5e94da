import { CHARGED_METERS } from '@causeway/contracts';
import { limitedIn, poolChain } from './pool-chain.ts';

const AT = '2026-03-29T23:59:59.999Z';
const POOLS = {
  session: { steps: 5 },
  agent: { steps: 9, per: 'day' as const },
  team: { bytesIn: 7, per: 'month' as const },
};
const chainOf = (teamId?: string, sessionId = 'ses_1') =>
  poolChain(POOLS, { sessionId, agentId: 'researcher', teamId }, AT);

describe('the pools above a run', () => {
  it('are those of its session, its agent and its team, nearest first, each for its period', () => {
    const told = chainOf('blue').map(({ level, owner, team, period }) => [level, owner, team, period]);
    expect(told).toEqual([
      ['session', 'ses_1', undefined, undefined],
      ['agent', 'researcher', 'blue', '2026-03-29'],
      ['team', 'blue', undefined, '2026-03'],
    ]);
    expect(limitedIn(chainOf('blue'))).toEqual(CHARGED_METERS.filter((meter) => ['steps', 'bytesIn'].includes(meter)));
  });

  it('are the same for the same owner, team and period, and others for any other', () => {
    const [, agent, team] = chainOf('blue', 'ses_2');
    expect(chainOf('blue').slice(1)).toEqual([agent, team]);
    const ids = [chainOf('blue'), chainOf('red'), chainOf()].flatMap((chain) =>
      chain.slice(1).map(({ poolId }) => poolId),
    );
    expect(new Set(ids).size).toBe(5);
  });

  it('are one for all that an agent does where teams have no limits', () => {
    const { team: _, ...others } = POOLS;
    const ids = ['blue', 'red', undefined].map(
      (teamId) => poolChain(others, { sessionId: 'ses_1', agentId: 'researcher', teamId }, AT)[1]?.poolId,
    );
    expect(ids).toEqual([ids[0], ids[0], ids[0]]);
  });
});
