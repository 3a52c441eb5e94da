import { specification } from '@causeway/eventing';
import * as example from '../../../test/run.features.ts';
import { atMs, history, OTHER_SESSION, SESSION, type RunEvent } from '../../../test/run.features.ts';
import { runDecider } from './run.decide.ts';
import { activeMs, budgetStatus } from './budget.ts';
import type { StartedRun } from './run.ts';

const { given } = specification(runDecider);
const NOTHING = { accepted: true, events: [] };
const refusedWith = (code: string) => ({ accepted: false, rejection: { code } });
const runAfter = (...events: readonly RunEvent[]) => given(...events).state() as StartedRun;

describe('starting a run', () => {
  it('seals who started it, under which policy, with which budget and predicate', () => {
    expect(given().when(example.start())).toEqual({ accepted: true, events: [example.started()] });
  });

  it('adds nothing when it was started with the same content before', () => {
    const again = example.start({ predicate: example.fetchSucceeded(2, { method: 'POST' }) });
    expect(given(...history(again)).when(again)).toEqual(NOTHING);
  });

  it('is the same start although the defaults that completed it have changed since', () => {
    const later = example.start({ budget: { steps: 99, wallClockMs: 5_000 }, askedBudget: {} });
    expect(given(example.started()).when(later)).toEqual(NOTHING);
  });

  it.each([
    ['goal', { goal: 'something else' }],
    ['session', { sessionId: OTHER_SESSION }],
    ['predicate', { predicate: { kind: 'never' as const } }],
    ['steps', { askedBudget: { steps: 4 } }],
    ['wall clock', { askedBudget: { wallClockMs: 1_000 } }],
  ])('is refused under an id that was started with another %s', (_what, more) => {
    expect(given(example.started()).when(example.start(more))).toMatchObject(refusedWith('RUN_ALREADY_STARTED'));
  });

  it('comes before everything else', () => {
    const commands = [
      example.request('s1'),
      example.claim(),
      example.complete(),
      example.tick(1),
      example.startHeld('s1'),
    ];
    for (const command of commands) expect(given().when(command)).toMatchObject(refusedWith('RUN_NOT_FOUND'));
  });
});

describe('a completion claim', () => {
  const proven = history(
    example.start({ predicate: example.fetchSucceeded(2) }),
    ...['s1', 's2', 's3'].flatMap((id) => [example.request(id), example.fate(id, example.SUCCEEDED)]),
  );
  const claimed = { type: 'run.claimed', data: { claimedBy: 'researcher', note: 'done', at: atMs(10_000) } };

  it('ends the run as done when the ledger shows what the predicate asks for, with the steps that show it', () => {
    const data = { verifiedBy: 'predicate:capability_succeeded', evidence: ['s1', 's2'], wallClockUsedMs: 10_000 };
    const done = { type: 'run.done', data: { ...data, at: atMs(10_000) } };
    expect(given(...proven).when(example.claim())).toEqual({ accepted: true, events: [claimed, done] });
  });

  it.each([
    ['never succeeded', [example.request('s1'), example.fate('s1', example.FAILED)]],
    ['was denied', [example.request('s1', { verdict: example.DENIED })]],
    ['has an unknown outcome', [example.request('s1'), example.fate('s1', example.UNKNOWN)]],
    ['still runs', [example.request('s1')]],
    [
      'was another capability',
      [example.request('s1', { capability: 'resource.list' }), example.fate('s1', example.SUCCEEDED)],
    ],
    ['had another input', [example.request('s1', { input: { method: 'GET' } }), example.fate('s1', example.SUCCEEDED)]],
  ])('is recorded and refused when the only step %s', (_why, steps) => {
    const begun = history(example.start({ predicate: example.fetchSucceeded(1, { method: 'POST' }) }), ...steps);
    const missing = expect.stringContaining('the ledger shows 0');
    const refused = {
      type: 'claim.refused',
      data: {
        ...{ claimedBy: 'researcher', code: 'CLAIM_NOT_PROVEN', missing, at: atMs(10_000) },
        unmet: [{ path: 'predicate', message: missing }],
      },
    };
    expect(given(...begun).when(example.claim())).toEqual({ accepted: true, events: [claimed, refused] });
  });

  it('counts a step whose input has the fields that the predicate names', () => {
    const steps = [
      example.request('s1', { input: { method: 'POST', url: 'x' } }),
      example.fate('s1', example.SUCCEEDED),
    ];
    const begun = history(example.start({ predicate: example.fetchSucceeded(1, { method: 'POST' }) }), ...steps);
    expect(given(...begun).when(example.claim())).toMatchObject({ events: [{}, { type: 'run.done' }] });
  });

  it('never completes a run that ends by cancellation or budget only', () => {
    expect(given(example.started({ predicate: { kind: 'never' } })).when(example.claim())).toMatchObject({
      events: [{}, { type: 'claim.refused' }],
    });
  });

  it('waits for an operator when the predicate is manual, with a deadline', () => {
    const paused = {
      type: 'run.paused',
      data: { cause: 'operator', deadlineAt: atMs(86_400_000), wallClockUsedMs: 10_000, at: atMs(10_000) },
    };
    expect(given(example.started()).when(example.claim())).toEqual({ accepted: true, events: [claimed, paused] });
  });

  it('adds nothing when it waits for an operator already, or was accepted', () => {
    const waiting = history(example.start(), example.claim());
    expect(given(...waiting).when(example.claim())).toEqual(NOTHING);
    const done = history(example.start(), example.claim(), example.complete());
    expect(given(...done).when(example.claim())).toEqual(NOTHING);
  });

  it('is refused while a step waits for an approval, when the run is over, and from another session', () => {
    const held = history(example.start(), example.request('s1', { verdict: example.asks() }));
    expect(given(...held).when(example.claim())).toMatchObject(refusedWith('RUN_PAUSED'));
    expect(given(...history(example.start(), example.cancel('operator'))).when(example.claim())).toMatchObject(
      refusedWith('RUN_NOT_ACTIVE'),
    );
    expect(given(example.started()).when(example.claim({ sessionId: OTHER_SESSION }))).toMatchObject(
      refusedWith('RUN_NOT_FOUND'),
    );
  });
});

describe('completion by hand', () => {
  const waiting = history(example.start(), example.claim());

  it('ends a claimed run as done, verified by the operator', () => {
    const data = { verifiedBy: 'olga', evidence: ['looks good'], wallClockUsedMs: 10_000, at: atMs(20_000) };
    expect(given(...waiting).when(example.complete())).toEqual({
      accepted: true,
      events: [{ type: 'run.done', data }],
    });
  });

  it('adds nothing the second time', () => {
    expect(given(...history(example.start(), example.claim(), example.complete())).when(example.complete())).toEqual(
      NOTHING,
    );
  });

  it('is refused before the agent claimed, for a run that a predicate judges, and while a step is held', () => {
    const judged = history(
      example.start({ predicate: example.fetchSucceeded() }),
      example.request('s1', { verdict: example.asks() }),
    );
    for (const events of [[example.started()], judged]) {
      expect(given(...events).when(example.complete())).toMatchObject(refusedWith('RUN_TRANSITION_REFUSED'));
    }
  });
});

describe('cancelling', () => {
  const cancelled = (wallClockUsedMs: number) => ({
    type: 'run.cancelled',
    data: { cancelledBy: 'olga', reason: 'no longer needed', wallClockUsedMs, at: atMs(20_000) },
  });

  it('ends an active run, for its own agent, an operator and the system', () => {
    for (const command of [example.cancel('agent', SESSION), example.cancel('operator'), example.cancel('system')]) {
      expect(given(example.started()).when(command)).toEqual({ accepted: true, events: [cancelled(20_000)] });
    }
  });

  it('is refused for the agent of another session, and for an agent that names none', () => {
    for (const command of [example.cancel('agent', OTHER_SESSION), example.cancel('agent')]) {
      expect(given(example.started()).when(command)).toMatchObject(refusedWith('RUN_NOT_FOUND'));
    }
  });

  it('denies the step that waits for an approval, so that nobody waits for it', () => {
    const held = history(example.start(), example.request('s1', { verdict: example.asks() }));
    expect(given(...held).when(example.cancel('operator'))).toMatchObject({
      events: [
        { type: 'step.denied', data: { stepId: 's1', rejection: { code: 'RUN_NOT_ACTIVE' } } },
        cancelled(1_000),
      ],
    });
  });

  it('adds nothing the second time, and is refused when the run ended in another way', () => {
    expect(
      given(...history(example.start(), example.cancel('operator'))).when(example.cancel('agent', SESSION)),
    ).toEqual(NOTHING);
    expect(given(...history(example.start(), example.tick(60_000))).when(example.cancel('operator'))).toMatchObject(
      refusedWith('RUN_TRANSITION_REFUSED'),
    );
  });
});

describe('the clock', () => {
  it('ends a run that was active for all its budget allows, and not a moment earlier', () => {
    expect(example.movesIn(given(example.started()).when(example.tick(59_999)))).toEqual([]);
    expect(given(example.started()).when(example.tick(60_000))).toMatchObject({
      events: [{ type: 'run.failed', data: { code: 'BUDGET_WALL_CLOCK_EXHAUSTED', wallClockUsedMs: 60_000 } }],
    });
  });

  it('counts active time only', () => {
    const held = history(example.start(), example.request('s1', { verdict: example.asks() }));
    expect(activeMs(runAfter(...held).budget, atMs(1_000_000))).toBe(1_000);
    const resumed = history(
      example.start(),
      example.request('s1', { verdict: example.asks() }),
      example.startHeld('s1', { at: atMs(500_000) }),
    );
    expect(example.movesIn(given(...resumed).when(example.tick(558_999)))).toEqual([]);
    expect(given(...resumed).when(example.tick(559_000))).toMatchObject({ events: [{ type: 'run.failed' }] });
  });

  it('ends a run that nobody confirmed in time', () => {
    const waiting = history(example.start(), example.claim());
    expect(given(...waiting).when(example.tick(86_399_999))).toEqual(NOTHING);
    expect(given(...waiting).when(example.tick(86_400_000))).toMatchObject({
      events: [{ type: 'run.failed', data: { code: 'RUN_PAUSE_EXPIRED', wallClockUsedMs: 10_000 } }],
    });
  });

  it('leaves a pause for an approval to the approval', () => {
    const held = history(example.start(), example.request('s1', { verdict: example.asks() }));
    expect(given(...held).when(example.tick(99_000_000))).toEqual(NOTHING);
  });

  it('leaves alone what is over', () => {
    expect(given(...history(example.start(), example.cancel('operator'))).when(example.tick(99_000_000))).toEqual(
      NOTHING,
    );
  });

  it('may run backwards a little between two machines without giving time back', () => {
    expect(budgetStatus(runAfter(example.started({ at: atMs(5_000) })).budget, atMs(0)).wallClockMs.used).toBe(0);
  });
});

describe('a run that begins later', () => {
  const scheduled = history(example.start({ startsAt: example.atMs(50_000) }));

  it('takes no step before, and tells when it begins', () => {
    const decision = given(...scheduled).when(example.request('s1'));
    expect(decision).toMatchObject({
      accepted: false,
      rejection: { code: 'RUN_NOT_ACTIVE', detail: expect.stringContaining(example.atMs(50_000)) },
    });
    expect(given(...scheduled).when(example.claim())).toMatchObject({ rejection: { code: 'RUN_NOT_ACTIVE' } });
  });

  it('begins when it is due, and its time counts from there', () => {
    expect(given(...scheduled).when(example.tick(49_999))).toMatchObject({ accepted: true, events: [] });
    const begun = [...scheduled, ...eventsOf(given(...scheduled).when(example.tick(55_000)))];
    expect(begun.at(-1)).toMatchObject({ type: 'run.activated', data: { at: example.atMs(55_000) } });
    const failures = (ms: number) =>
      eventsOf(given(...begun).when(example.tick(ms))).filter(({ type }) => type === 'run.failed');
    expect(failures(114_999)).toEqual([]);
    expect(failures(115_000)).toMatchObject([
      { data: { code: 'BUDGET_WALL_CLOCK_EXHAUSTED', wallClockUsedMs: 60_000 } },
    ]);
  });

  it('is cancelled before it began, without having used anything', () => {
    expect(given(...scheduled).when(example.cancel('operator'))).toMatchObject({
      events: [{ type: 'run.cancelled', data: { wallClockUsedMs: 0 } }],
    });
  });

  it('is the same run when it is started again, and another one with another beginning', () => {
    const start = (startsAt?: string) => given(...scheduled).when(example.start(startsAt ? { startsAt } : {}));
    expect(start(example.atMs(50_000))).toMatchObject({ accepted: true, events: [] });
    expect(start(example.atMs(50_001))).toMatchObject({ rejection: { code: 'RUN_ALREADY_STARTED' } });
    expect(start()).toMatchObject({ rejection: { code: 'RUN_ALREADY_STARTED' } });
  });

  it('begins at once when its beginning is past', () => {
    const past = example.start({ startsAt: example.atMs(0) });
    const events = history(past);
    expect(events).toMatchObject([{ type: 'run.started' }]);
    expect(events[0]!.data).not.toHaveProperty('startsAt');
    expect(given(...events).when(past)).toMatchObject({ accepted: true, events: [] });
  });
});

const eventsOf = (decision: ReturnType<ReturnType<typeof given>['when']>) => (decision.accepted ? decision.events : []);
