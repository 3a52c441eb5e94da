import { CHARGED_METERS, METERS, type Amounts, type BudgetLimits, type OnLimit } from '@causeway/contracts';
import { specification } from '@causeway/eventing';
import * as example from '../../../test/run.features.ts';
import { atMs, DIGEST, history, type CommandOf, type RunEvent } from '../../../test/run.features.ts';
import { runDecider } from './run.decide.ts';
import type { StartedRun } from './run.ts';
import type { RunDecision } from './run.refusals.ts';

const { given } = specification(runDecider);
const LIMITS: BudgetLimits = {
  ...{ steps: 4, wallClockMs: 60_000, inputTokens: 100, outputTokens: 100, costMicros: 100, bytesOut: 100 },
  ...{ bytesIn: 100, retriesPerStep: 1, storedBytes: 100 },
};
const SHRINKABLE = ['outputTokens', 'costMicros', 'bytesIn', 'storedBytes'] as const;
const FIXED = ['inputTokens', 'bytesOut'] as const;
const starting = (onLimit: { readonly [meter: string]: OnLimit } = {}, more: Partial<BudgetLimits> = {}) =>
  example.start({ budget: { ...LIMITS, ...more }, onLimit });
const ask = (stepId: string, reserves: Amounts, more: Partial<CommandOf<'request-step'>> = {}) =>
  example.request(stepId, { reserves, ...more });
const ended = (stepId: string, used: Amounts) =>
  example.fate(stepId, {
    ...{ state: 'succeeded', result: { untrusted: false } },
    usage: { bytesIn: 0, bytesOut: 0, durationMs: 1, ...used },
  });
const eventsOf = (decision: RunDecision): readonly RunEvent[] => {
  if (!decision.accepted) throw new Error(decision.rejection.detail);
  return decision.events;
};
const dataOf = (decision: RunDecision, type: RunEvent['type']) =>
  eventsOf(decision).find((event) => event.type === type)?.data;
const runAfter = (...events: readonly RunEvent[]) => given(...events).state() as StartedRun;
const held = (stepId: string, meter: 'bytesIn' | 'wallClockMs', delta: number) => ({
  content: example.content({ stepId, kind: 'budget-extension', extension: { meter, delta } }),
  digest: DIGEST,
});

describe('a step', () => {
  it.each(CHARGED_METERS.filter((meter) => meter !== 'steps'))(
    'reserves its worst case of %s with its intent, and settles what it used with its fate',
    (meter) => {
      const begun = given(...history(starting())).when(ask('s1', { [meter]: 60 }));
      expect(
        eventsOf(begun)
          .map(({ type }) => type)
          .slice(-2),
      ).toEqual(['budget.reserved', 'step.started']);
      expect(dataOf(begun, 'budget.reserved')).toMatchObject({ steps: 1, [meter]: 60 });
      const all = history(starting(), ask('s1', { [meter]: 60 }));
      const over = given(...all).when(ended('s1', { [meter]: 20 }));
      expect(dataOf(over, 'budget.settled')).toMatchObject({ [meter]: 20, released: { steps: 1, [meter]: 60 } });
      const { budget } = runAfter(...all, ...eventsOf(over));
      expect([budget.used[meter], budget.reserved]).toEqual([20, {}]);
    },
  );

  it.each(SHRINKABLE)(
    'gets what is left of %s when that is less than its worst case, and nothing once nothing is left',
    (meter) => {
      const first = history(starting(), ask('s1', { [meter]: 70 }));
      expect(dataOf(given(...first).when(ask('s2', { [meter]: 70 })), 'budget.reserved')).toMatchObject({
        [meter]: 30,
      });
      const all = history(starting(), ask('s1', { [meter]: 70 }), ask('s2', { [meter]: 70 }));
      expect(dataOf(given(...all).when(ask('s3', { [meter]: 1 })), 'step.denied')).toMatchObject({
        rejection: { code: 'BUDGET_EXHAUSTED', facts: { meter, limit: 100, used: 0, reserved: 100 } },
      });
    },
  );

  it.each(FIXED)('is refused when less than its worst case is left of %s, which no grant can bound', (meter) => {
    const first = history(starting(), ask('s1', { [meter]: 70 }));
    const denied = given(...first).when(ask('s2', { [meter]: 31 }));
    expect(dataOf(denied, 'step.denied')).toMatchObject({ rejection: { code: 'BUDGET_EXHAUSTED', facts: { meter } } });
    expect(eventsOf(denied).some(({ type }) => type === 'budget.reserved')).toBe(false);
    expect(eventsOf(given(...first).when(ask('s2', { [meter]: 30 }))).at(-1)?.type).toBe('step.started');
  });

  it('that uses nothing of an exhausted meter starts all the same', () => {
    const all = history(starting(), ask('s1', { outputTokens: 100 }));
    expect(eventsOf(given(...all).when(ask('s2', { bytesIn: 1 }))).at(-1)?.type).toBe('step.started');
  });

  it('whose outcome is not known counts as having used all it reserved', () => {
    const all = history(starting(), ask('s1', { bytesIn: 60 }));
    const over = given(...all).when(example.fate('s1', example.UNKNOWN));
    expect(runAfter(...all, ...eventsOf(over)).budget.used).toEqual({ steps: 1, bytesIn: 60 });
  });

  it('that failed has used a step, and is no success', () => {
    const begun = example.start({ budget: LIMITS, predicate: example.fetchSucceeded() });
    const all = history(begun, ask('s1', {}), example.fate('s1', example.FAILED));
    expect(runAfter(...all).budget.used.steps).toBe(1);
    expect(eventsOf(given(...all).when(example.claim())).map(({ type }) => type)).toEqual([
      'run.claimed',
      'claim.refused',
    ]);
  });

  it('that used more than was reserved is recorded truly, with a warning', () => {
    const all = history(starting(), ask('s1', { bytesIn: 10 }));
    const over = given(...all).when(ended('s1', { bytesIn: 40 }));
    expect(dataOf(over, 'budget.settled')).toMatchObject({ bytesIn: 40 });
    expect(dataOf(over, 'budget.warned')).toMatchObject({
      meter: 'bytesIn',
      warning: 'overshoot',
      limit: 10,
      used: 40,
    });
    expect(eventsOf(over).at(-1)?.type).toBe('step.succeeded');
  });

  it('is repeated no more often than the budget says', () => {
    const all = history(starting(), ask('s1', {}), example.tryAgain('s1', 1));
    expect(given(...all).when(example.tryAgain('s1', 2))).toMatchObject({
      rejection: { code: 'BUDGET_EXHAUSTED', facts: { meter: 'retriesPerStep', limit: 1 } },
    });
    const over = given(...all).when(example.fate('s1', example.FAILED, { attempt: 2 }));
    expect(runAfter(...all, ...eventsOf(over)).budget.retries).toBe(1);
  });
});

describe('warnings', () => {
  it('come at 50 and 80 percent of a meter, once each, in the append that crosses it', () => {
    const steps = ['s1', 's2', 's3', 's4'].flatMap((id) => [ask(id, {}), ended(id, {})]);
    const all = history(starting({}, { steps: 10 }), ...steps.slice(0, 8), ...['s5'].flatMap((id) => [ask(id, {})]));
    const crossing = eventsOf(given(...all).when(ended('s5', {})));
    expect(crossing.map(({ type }) => type)).toEqual(['budget.settled', 'budget.warned', 'step.succeeded']);
    const more = ['s6', 's7', 's8', 's9'].flatMap((id) => [ask(id, {}), ended(id, {})]);
    const warned = history(starting({}, { steps: 10 }), ...steps, ask('s5', {}), ended('s5', {}), ...more).flatMap(
      (event) => (event.type === 'budget.warned' ? [[event.data.meter, event.data.warning, event.data.used]] : []),
    );
    expect(warned).toEqual([
      ['steps', 'half', 5],
      ['steps', 'most', 8],
    ]);
  });

  it('of time are the clock’s', () => {
    const at = (ms: number) => eventsOf(given(...history(starting())).when(example.tick(ms)));
    expect(at(29_999)).toEqual([]);
    expect(at(30_000)).toMatchObject([{ type: 'budget.warned', data: { meter: 'wallClockMs', warning: 'half' } }]);
    expect(at(48_000).map(({ data }) => data)).toMatchObject([{ warning: 'half' }, { warning: 'most' }]);
  });

  it('are all that a limit does whose mode is to warn', () => {
    const soft = starting({ steps: 'warn', wallClockMs: 'warn', outputTokens: 'warn' }, { steps: 1 });
    const all = history(soft, ask('s1', { outputTokens: 100 }));
    const past = given(...all).when(ask('s2', { outputTokens: 5 }, { at: atMs(90_000) }));
    expect(dataOf(past, 'budget.reserved')).toMatchObject({ steps: 1, outputTokens: 5 });
    const warnings = eventsOf(past).filter(({ type }) => type === 'budget.warned');
    expect(warnings.map(({ data }) => data)).toMatchObject([
      { meter: 'steps', warning: 'limit' },
      { meter: 'outputTokens', warning: 'limit' },
    ]);
    const late = eventsOf(given(...all).when(example.tick(90_000)));
    expect(late.map(({ data }) => data)).toMatchObject([
      { warning: 'half' },
      { warning: 'most' },
      { warning: 'limit' },
    ]);
    expect(eventsOf(given(...all, ...late).when(example.tick(99_000)))).toEqual([]);
  });
});

describe('a limit at which a person is asked', () => {
  const soft = starting({ bytesIn: 'ask' });
  const full = history(soft, ask('s1', { bytesIn: 100 }));
  const wanted = { kind: 'extension', meter: 'bytesIn', delta: 40 };
  const waiting = history(
    soft,
    ask('s1', { bytesIn: 100 }),
    ask('s2', { bytesIn: 40 }, { extension: held('s2', 'bytesIn', 40) }),
  );
  const grant = example.startHeld('s2', { extension: { meter: 'bytesIn', delta: 40 }, reserves: { bytesIn: 40 } });

  it('says first how much is missing, and adds nothing', () => {
    expect(given(...full).when(ask('s2', { bytesIn: 40 }))).toMatchObject({ accepted: false, rejection: { wanted } });
    const other = ask('s2', { bytesIn: 40 }, { extension: held('s2', 'bytesIn', 39) });
    expect(given(...full).when(other)).toMatchObject({ accepted: false, rejection: { wanted } });
  });

  it('holds the step and pauses the run for its budget', () => {
    const decision = given(...full).when(ask('s2', { bytesIn: 40 }, { extension: held('s2', 'bytesIn', 40) }));
    expect(eventsOf(decision).map(({ type }) => type)).toEqual([
      'step.requested',
      'policy.decided',
      'run.paused',
      'step.held',
    ]);
    expect(dataOf(decision, 'run.paused')).toMatchObject({ cause: 'budget' });
    expect(decision).toMatchObject({ also: [{ expected: 'none', events: [{ type: 'approval.requested' }] }] });
  });

  it('raises the limit, consumes the approval, reserves and starts the step in one append', () => {
    const decision = given(...waiting).when(grant);
    expect(eventsOf(decision).map(({ type }) => type)).toEqual([
      ...['budget.extended', 'run.resumed', 'budget.reserved', 'step.started'],
    ]);
    expect(dataOf(decision, 'budget.extended')).toMatchObject({ meter: 'bytesIn', delta: 40, by: 'ann' });
    expect(decision).toMatchObject({ also: [{ expected: 2, events: [{ type: 'approval.consumed' }] }] });
    expect(runAfter(...waiting, ...eventsOf(decision)).budget).toMatchObject({
      extended: { bytesIn: 40 },
      limits: LIMITS,
    });
  });

  it('denies the step and lets the run go on when nobody gives more', () => {
    const decision = given(...waiting).when(example.refuseHeld('s2'));
    expect(eventsOf(decision)).toMatchObject([
      { type: 'run.resumed', data: { cause: 'budget' } },
      { type: 'step.denied' },
    ]);
  });

  it('is not asked about for a step that waits for a person anyway', () => {
    const verdict = example.asks({ stepId: 's2' });
    expect(dataOf(given(...full).when(ask('s2', { bytesIn: 40 }, { verdict })), 'step.denied')).toMatchObject({
      rejection: { code: 'BUDGET_EXHAUSTED' },
    });
  });

  it('of time pauses the run, and more time lets it go on', () => {
    const late = starting({ wallClockMs: 'ask' });
    const extension = held('more-time-1', 'wallClockMs', 15_000);
    const tick = { ...example.tick(60_000), extension } as CommandOf<'tick'>;
    expect(given(...history(late)).when(example.tick(60_000))).toMatchObject({
      rejection: { wanted: { meter: 'wallClockMs', delta: 15_000 } },
    });
    const paused = history(late, tick);
    expect(paused.at(-1)).toMatchObject({ type: 'run.paused', data: { cause: 'budget', wallClockUsedMs: 60_000 } });
    const more: CommandOf<'start-extended'> = {
      ...{ type: 'start-extended', approvalId: example.APPROVAL, approvalVersion: 2, digest: DIGEST, by: 'ann' },
      ...{ stepId: 'more-time-1', extension: { meter: 'wallClockMs', delta: 15_000 }, at: atMs(100_000) },
    };
    const on = eventsOf(given(...paused).when(more));
    expect(on.map(({ type }) => type)).toEqual(['budget.extended', 'run.resumed']);
    const later = eventsOf(given(...paused, ...on).when(example.tick(114_999)));
    expect(new Set(later.map(({ type }) => type))).toEqual(new Set(['budget.warned']));
    const end: CommandOf<'end-unextended'> = {
      ...{ type: 'end-unextended', approvalId: example.APPROVAL, reason: 'no', at: atMs(100_000) },
    };
    expect(eventsOf(given(...paused).when(end))).toMatchObject([
      { type: 'run.failed', data: { code: 'BUDGET_WALL_CLOCK_EXHAUSTED' } },
    ]);
  });
});

describe('an extension by command', () => {
  const extend = (more: Partial<CommandOf<'extend-budget'>> = {}): CommandOf<'extend-budget'> => ({
    ...{ type: 'extend-budget', extensionId: 'ext_1', meter: 'steps', delta: 2, reason: 'more', mover: 'operator' },
    ...{ by: 'olga', at: atMs(2_000), ...more },
  });

  it('adds its delta once, however often it is sent', () => {
    const all = history(starting(), extend());
    expect(runAfter(...all).budget.extended).toEqual({ steps: 2 });
    expect(given(...all).when(extend())).toEqual({ accepted: true, events: [] });
  });

  it.each([{ mover: 'agent' as const }, { by: 'researcher' }])('is refused to the agent of the run: %o', (more) => {
    const refused = { accepted: false, rejection: { code: 'BUDGET_EXTENSION_REFUSED' } };
    expect(given(...history(starting())).when(extend(more))).toMatchObject(refused);
  });

  it('is refused of a meter that has no limit', () => {
    expect(given(...history(example.start())).when(extend({ meter: 'costMicros' }))).toMatchObject({
      rejection: { code: 'BUDGET_EXTENSION_REFUSED' },
    });
  });

  it('can be made of every meter', () => {
    for (const meter of METERS) expect(eventsOf(given(...history(starting())).when(extend({ meter })))).toHaveLength(1);
  });
});
