import { KillTarget, killTargetOf } from '@causeway/contracts';
import { fold, specification } from '@causeway/eventing';
import { atMs, KILL, RUN, SESSION } from '../../../test/run.features.ts';
import { killDecider, stands, type KillCommand } from './kill.ts';

const { given } = specification(killDecider);
const NOTHING = { accepted: true, events: [] };
const pull = (target: KillTarget): KillCommand => ({
  ...{ type: 'pull', killId: KILL, target, reason: 'it runs wild', by: 'olga', at: atMs(0) },
});
const complete: KillCommand = { type: 'complete', killId: KILL, runs: 2, sessions: 1, at: atMs(1) };
const lift: KillCommand = { type: 'lift', killId: KILL, reason: 'all clear', by: 'ada', at: atMs(2) };

function eventsOf(...commands: readonly KillCommand[]) {
  return commands.reduce<readonly Parameters<typeof killDecider.evolve>[1][]>((events, command) => {
    const decision = killDecider.decide(command, fold(killDecider, events));
    if (!decision.accepted) throw new Error(decision.rejection.detail);
    return [...events, ...decision.events];
  }, []);
}

const TARGETS: readonly KillTarget[] = [
  { scope: 'step', runId: RUN, stepId: 's1' },
  { scope: 'run', runId: RUN },
  { scope: 'session', sessionId: SESSION },
  { scope: 'agent', agentId: 'researcher' },
  { scope: 'everything' },
];
const STANDING = ['agent', 'everything'];

describe('a kill', () => {
  it.each(TARGETS)('of %j is sealed with who pulled it, and why, and is read back as it was', (target) => {
    const events = eventsOf(pull(target));
    expect(events).toMatchObject([
      { type: 'kill.pulled', data: { ...target, pulledBy: 'olga', reason: 'it runs wild' } },
    ]);
    expect(fold(killDecider, events)).toMatchObject([{ killId: KILL, target, state: 'pulled' }]);
  });

  it.each(TARGETS)('of %j stands until it is lifted only where something could begin anew', (target) => {
    const standing = fold(killDecider, eventsOf(pull(target), complete)).map(stands);
    expect(standing).toEqual([STANDING.includes(target.scope)]);
    const decision = given(...eventsOf(pull(target), complete)).when(lift);
    if (!STANDING.includes(target.scope))
      return expect(decision).toMatchObject({ rejection: { code: 'KILL_NOT_FOUND' } });
    expect(fold(killDecider, eventsOf(pull(target), complete, lift)).map(stands)).toEqual([false]);
  });

  it('pulled, completed or lifted twice is so once', () => {
    const [everything] = TARGETS.slice(-1) as [KillTarget];
    const all = given(...eventsOf(pull(everything), complete, lift));
    expect([pull(everything), complete, lift].map((command) => all.when(command))).toEqual([NOTHING, NOTHING, NOTHING]);
    expect(all.when(pull(TARGETS[0]!))).toMatchObject({ rejection: { code: 'ID_REUSED' } });
    expect(given().when(lift)).toMatchObject({ rejection: { code: 'KILL_NOT_FOUND' } });
  });

  it('that is lifted before it is completed does not stand again by that', () => {
    const events = eventsOf(pull({ scope: 'everything' }), lift);
    const late = { type: 'kill.completed' as const, data: { killId: KILL, runs: 0, sessions: 0, at: atMs(3) } };
    expect(fold(killDecider, [...events, late]).map(stands)).toEqual([false]);
  });
});

describe('what a scope and an id name', () => {
  it.each([
    ['step', `${RUN}/s1`, true],
    ['step', RUN, false],
    ['step', `${RUN}/s1/s2`, false],
    ['run', RUN, true],
    ['run', SESSION, false],
    ['run', undefined, false],
    ['session', SESSION, true],
    ['agent', 'researcher', true],
    ['agent', 'a.*', false],
    ['everything', undefined, true],
    ['everything', RUN, false],
  ] as const)('%s %s is a target: %s', (scope, id, is) => {
    expect(KillTarget.safeParse(killTargetOf(scope, id)).success).toBe(is);
  });
});
