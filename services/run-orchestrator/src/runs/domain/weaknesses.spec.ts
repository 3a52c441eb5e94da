import { specification } from '@causeway/eventing';
import * as example from '../../../test/run.features.ts';
import { history } from '../../../test/run.features.ts';
import { runDecider } from './run.decide.ts';
import type { RunCommand } from './run.commands.ts';

const { given } = specification(runDecider);
const NOTHING = { accepted: true, events: [] };
const asAgent: readonly RunCommand[] = [
  example.resume('agent'),
  example.signal('paid', { mover: 'agent' }),
  example.complete('agent'),
  example.pause('agent', { pauseId: 'pau_x' }),
];

/** Ways in which systems of this kind have failed, each as a rule that holds here. */
describe('a run is not governed by its agent', () => {
  it.each([
    ['paused by an operator', [example.start(), example.pause()]],
    ['waiting for an approval', [example.start(), example.request('s1', { verdict: example.asks() })]],
    ['at a checkpoint', [example.start(), example.checkpoint()]],
    ['cancelled', [example.start(), example.cancel('operator')]],
    ['failed', [example.start(), example.tick(60_000)]],
    ['done', [example.start(), example.claim(), example.complete()]],
  ])('an agent neither unpauses nor resurrects its run: %s', (_, commands) => {
    const run = given(...history(...commands));
    for (const command of asAgent) {
      const decision = run.when(command);
      expect(decision.accepted ? decision.events : []).toEqual([]);
    }
  });

  it('a pause and its end reset no counter of the budget: neither steps nor the time that was used', () => {
    const worked = [example.start(), example.request('s1'), example.fate('s1', example.FAILED)];
    const resumed = given(...history(...worked, example.pause(), example.resume())).state();
    expect(resumed).toMatchObject({ budget: { used: { steps: 1 }, usedMs: 3_000, limits: { steps: 3 } } });
  });
});

describe('what happened is what is known', () => {
  it('every way to pause, resume, signal and checkpoint is replayed from events, with what it waits for', () => {
    const waiting = given(...history(example.start(), example.checkpoint({ waitsFor: 'paid' }))).state();
    expect(waiting).toMatchObject({ phase: { state: 'paused', cause: 'checkpoint', waitsFor: 'paid' } });
    const clocked = given(...history(example.start(), example.checkpoint({ resumeAt: example.atMs(9_000) }))).state();
    expect(clocked).toMatchObject({ phase: { resumeAt: example.atMs(9_000) } });
  });

  it('a checkpoint is made by an active run alone, never from the end', () => {
    for (const end of [example.cancel('operator'), example.tick(60_000)])
      expect(given(...history(example.start(), end)).when(example.checkpoint())).toMatchObject({
        rejection: { code: 'RUN_NOT_ACTIVE' },
      });
  });

  it('time in a pause does not use up the budget, so that a run is not over its time when it goes on', () => {
    const paused = [example.start(), example.pause(), { ...example.resume(), at: example.atMs(80_000_000) }];
    const run = given(...history(...paused));
    expect(example.movesIn(run.when(example.tick(80_056_999)))).toEqual([]);
    expect(run.when(example.tick(80_057_000))).toMatchObject({ events: [{ type: 'run.failed' }] });
  });

  it('the end of a run is told once, however often and by whomever it is asked for', () => {
    const over = given(...history(example.start({ occupiesSession: true }), example.cancel('operator')));
    for (const again of [example.cancel('operator'), example.cancel('system'), example.tick(90_000_000)])
      expect(over.when(again)).toEqual(NOTHING);
  });

  it('a silent agent, and a step without an answer, do not keep a run active for ever', () => {
    const lease = { agentLeaseMs: 5_000, maxLifeMs: 50_000 };
    expect(given(...history(example.start(lease))).when(example.tick(5_000))).toMatchObject({
      events: [{ type: 'run.failed', data: { code: 'RUN_AGENT_SILENT' } }],
    });
    expect(given(...history(example.start(lease), example.request('s1'))).when(example.tick(50_000))).toMatchObject({
      events: [{ type: 'run.failed', data: { code: 'RUN_LIFE_ENDED' } }],
    });
  });
});

describe('decisions about an approval', () => {
  it('a denial leads to a defined state: the step is denied and the run goes on', () => {
    const held = [example.start(), example.request('s1', { verdict: example.asks() })];
    expect(given(...history(...held, example.refuseHeld('s1'))).state()).toMatchObject({ phase: { state: 'active' } });
  });

  it('a run that was cancelled while it waited is not brought back by the grant that comes late', () => {
    const held = [example.start(), example.request('s1', { verdict: example.asks() }), example.cancel('operator')];
    const late = given(...history(...held));
    expect(late.when(example.startHeld('s1'))).toEqual(NOTHING);
    expect(late.state()).toMatchObject({ phase: { state: 'cancelled' } });
  });
});

describe('a run that is not active', () => {
  it.each([
    ['paused', [example.start(), example.pause()], 'RUN_PAUSED'],
    ['over', [example.start(), example.cancel('operator')], 'RUN_NOT_ACTIVE'],
  ])('takes no step: %s', (_, commands, code) => {
    expect(given(...history(...commands)).when(example.request('s1'))).toMatchObject({ rejection: { code } });
  });

  it('is read, resumed and cancelled by its operators all the same', () => {
    const paused = given(...history(example.start(), example.pause()));
    expect(paused.when(example.resume())).toMatchObject({ events: [{ type: 'run.resumed' }] });
    expect(paused.when(example.cancel('operator'))).toMatchObject({ events: [{ type: 'run.cancelled' }] });
  });
});
