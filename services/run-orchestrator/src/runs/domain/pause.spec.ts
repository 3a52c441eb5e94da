import { specification } from '@causeway/eventing';
import * as example from '../../../test/run.features.ts';
import { history } from '../../../test/run.features.ts';
import { runDecider } from './run.decide.ts';
import { MAX_WAITING } from './signals.ts';

const { given } = specification(runDecider);
const NOTHING = { accepted: true, events: [] };
const active = history(example.start());
const types = (decision: ReturnType<ReturnType<typeof given>['when']>) =>
  decision.accepted ? decision.events.map(({ type }) => type) : decision.rejection.code;
const OTHER = { pauseId: 'pau_00000000000000000000000002' };

describe('a pause', () => {
  it('by an operator has a deadline, keeps the clock of the budget still, and ends by hand', () => {
    const paused = history(example.start(), example.pause('operator', { reason: 'lunch' }));
    expect(paused.at(-1)).toEqual({
      type: 'run.paused',
      data: {
        ...{ cause: 'operator', deadlineAt: example.atMs(86_400_000), wallClockUsedMs: 3_000 },
        ...{ pauseId: example.PAUSE, reason: 'lunch', at: example.atMs(3_000) },
      },
    });
    expect(given(...paused).when(example.request('s1'))).toMatchObject({ rejection: { code: 'RUN_PAUSED' } });
    expect(types(given(...paused).when(example.resume()))).toEqual(['run.resumed']);
  });

  it('is not ended by the agent itself, whatever it names', () => {
    for (const by of [example.pause(), example.wait(), example.checkpoint()]) {
      const paused = given(...history(example.start(), by));
      expect(paused.when(example.resume('agent'))).toMatchObject({ rejection: { code: 'RUN_TRANSITION_REFUSED' } });
      expect(paused.when(example.signal('paid', { mover: 'agent' }))).toMatchObject({
        rejection: { code: 'RUN_TRANSITION_REFUSED' },
      });
    }
  });

  it('for an approval is ended by the decision alone, never by hand or by a signal', () => {
    const held = given(...history(example.start(), example.request('s1', { verdict: example.asks() })));
    expect(held.when(example.resume())).toMatchObject({ rejection: { code: 'RUN_TRANSITION_REFUSED' } });
    expect(types(held.when(example.signal()))).toEqual(['run.signalled']);
  });

  it('by an agent is only ever for a signal, and only of its own run', () => {
    const run = given(...active);
    expect(run.when(example.pause('agent'))).toMatchObject({ rejection: { code: 'RUN_TRANSITION_REFUSED' } });
    const foreign = example.wait('paid', { sessionId: example.OTHER_SESSION });
    expect(run.when(foreign)).toMatchObject({ rejection: { code: 'RUN_NOT_FOUND' } });
    expect(run.when({ ...example.wait(), sessionId: undefined })).toMatchObject({
      rejection: { code: 'RUN_NOT_FOUND' },
    });
  });

  it('that would be over already, beside another, or after the end is refused by name', () => {
    expect(given(...active).when(example.pause('operator', { deadlineAt: example.atMs(3_000) }))).toMatchObject({
      rejection: { code: 'PAUSE_REFUSED' },
    });
    const paused = history(example.start(), example.pause());
    expect(given(...paused).when(example.pause('operator', OTHER))).toMatchObject({
      rejection: { code: 'RUN_PAUSED' },
    });
    const over = given(...history(example.start(), example.cancel('operator')));
    for (const command of [
      example.pause(),
      example.resume(),
      example.signal(),
      example.checkpoint(),
      example.hear(1),
    ]) {
      expect(over.when(command)).toMatchObject({ rejection: { code: 'RUN_NOT_ACTIVE' } });
    }
  });

  it('that nobody ends fails the run at its deadline, whatever it waits for', () => {
    for (const by of [example.pause(), example.wait(), example.checkpoint()]) {
      const paused = given(...history(example.start(), by));
      expect(paused.when(example.tick(86_399_999))).toEqual(NOTHING);
      expect(paused.when(example.tick(86_400_000))).toMatchObject({
        events: [{ type: 'run.failed', data: { code: 'RUN_PAUSE_EXPIRED' } }],
      });
    }
  });

  it('after a claim is ended by an operator who sends the run back: the claim is refused', () => {
    const claimed = given(...history(example.start(), example.claim()));
    expect(types(claimed.when(example.resume()))).toEqual(['claim.refused', 'run.resumed']);
    const back = given(...history(example.start(), example.claim(), example.resume(), example.pause()));
    expect(back.when(example.complete())).toMatchObject({ rejection: { code: 'RUN_TRANSITION_REFUSED' } });
  });

  it('asked for twice, and ended twice, happens once', () => {
    const commands = [example.start(), example.pause(), example.resume(), example.pause('operator', OTHER)];
    const run = given(...history(...commands));
    expect([run.when(example.pause()), run.when(example.resume())]).toEqual([NOTHING, NOTHING]);
  });
});

describe('a signal', () => {
  it('ends the wait for it, and no other wait', () => {
    const waiting = given(...history(example.start(), example.wait('paid')));
    expect(types(waiting.when(example.signal('paid')))).toEqual(['run.signalled', 'run.resumed']);
    expect(types(waiting.when(example.signal('shipped')))).toEqual(['run.signalled']);
  });

  it('that comes before the wait is kept, and used once', () => {
    const told = given(...history(example.start(), example.signal('paid')));
    expect(types(told.when(example.wait('paid')))).toEqual(['run.awaited']);
    const used = given(...history(example.start(), example.signal('paid'), example.wait('paid')));
    expect(used.when(example.wait('paid'))).toEqual(NOTHING);
    expect(types(used.when(example.wait('paid', OTHER)))).toEqual(['run.paused']);
  });

  it('told twice under one id is one signal, and its id stands for no other', () => {
    const told = given(...history(example.start(), example.wait('paid'), example.signal('paid')));
    expect(told.when(example.signal('paid'))).toEqual(NOTHING);
    expect(told.when(example.signal('shipped'))).toMatchObject({ rejection: { code: 'ID_REUSED' } });
  });

  it('is taken until too many wait to be used', () => {
    const many = Array.from({ length: MAX_WAITING }, (_, n) => example.signal('paid', { signalId: `sig_${n}` }));
    const full = given(...history(example.start(), ...many));
    expect(full.when(example.signal('paid', { signalId: 'sig_x' }))).toMatchObject({
      rejection: { code: 'SIGNALS_FULL' },
    });
    expect(types(full.when(example.wait('paid')))).toEqual(['run.awaited']);
  });
});

describe('a checkpoint', () => {
  it('and the pause that follows it are one append, from an active run only', () => {
    expect(types(given(...active).when(example.checkpoint()))).toEqual(['run.checkpointed', 'run.paused']);
    const paused = given(...history(example.start(), example.pause()));
    expect(paused.when(example.checkpoint())).toMatchObject({ rejection: { code: 'RUN_PAUSED' } });
    const foreign = example.checkpoint({ sessionId: example.OTHER_SESSION });
    expect(given(...active).when(foreign)).toMatchObject({ rejection: { code: 'RUN_NOT_FOUND' } });
  });

  it.each([
    ['by hand', {}, example.resume()],
    ['by a signal', { waitsFor: 'paid' }, example.signal('paid')],
    ['by the clock', { resumeAt: example.atMs(60_000) }, example.tick(60_000)],
  ])('is resumed %s', (_, on, by) => {
    const run = given(...history(example.start(), example.checkpoint(on)));
    expect(run.when(example.tick(59_999))).toEqual(NOTHING);
    expect(run.when(by)).toMatchObject({ accepted: true });
    expect(given(...history(example.start(), example.checkpoint(on), by)).state()).toMatchObject({
      phase: { state: 'active' },
    });
  });

  it('is the same when it is made again, and another body needs another id', () => {
    const made = given(...history(example.start(), example.checkpoint(), example.resume()));
    expect(made.when(example.checkpoint())).toEqual(NOTHING);
    expect(made.when(example.checkpoint({ sha256: 'e'.repeat(64) }))).toMatchObject({
      rejection: { code: 'ID_REUSED' },
    });
  });

  it('is needed after as many steps as a segment has, and begins the next', () => {
    const worked = [example.start({ segmentSteps: 1 }), example.request('s1'), example.fate('s1', example.SUCCEEDED)];
    const ended = given(...history(...worked));
    expect(ended.when(example.request('s2'))).toMatchObject({ rejection: { code: 'SEGMENT_ENDED' } });
    expect(ended.when(example.request('s1'))).toEqual(NOTHING);
    const next = given(...history(...worked, example.checkpoint({ waitsFor: 'go' }), example.signal('go')));
    expect(next.when(example.request('s2'))).toMatchObject({ accepted: true });
  });
});

describe('a step that is killed', () => {
  it('is not tried again, and ends with the fate that its call has', () => {
    const killed = given(...history(example.start(), example.request('s1'), example.killStep('s1')));
    expect(killed.when(example.tryAgain('s1', 1))).toMatchObject({ rejection: { code: 'KILLED' } });
    expect(types(killed.when(example.fate('s1', example.UNKNOWN)))).toEqual(['budget.settled', 'step.unknown']);
    expect(killed.when(example.killStep('s1'))).toEqual(NOTHING);
  });

  it('while it waits for a person is denied, and the run goes on', () => {
    const held = given(...history(example.start(), example.request('s1', { verdict: example.asks() })));
    expect(held.when(example.killStep('s1'))).toMatchObject({
      events: [{ type: 'run.resumed' }, { type: 'step.denied', data: { rejection: { code: 'KILLED' } } }],
    });
    expect(held.when(example.killStep('s9'))).toMatchObject({ rejection: { code: 'STEP_NOT_FOUND' } });
  });

  it('is not tried again either when its run is over', () => {
    const over = given(...history(example.start(), example.request('s1'), example.cancel('operator')));
    expect(over.when(example.tryAgain('s1', 1))).toMatchObject({ rejection: { code: 'RUN_NOT_ACTIVE' } });
  });
});
