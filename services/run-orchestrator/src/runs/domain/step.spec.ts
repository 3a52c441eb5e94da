import { specification } from '@causeway/eventing';
import * as example from '../../../test/run.features.ts';
import { APPROVAL, atMs, DIGEST, FETCH, history, OTHER_SESSION, type RunEvent } from '../../../test/run.features.ts';
import { runDecider } from './run.decide.ts';
import { stepOf, type StartedRun } from './run.ts';

const { given } = specification(runDecider);
const NOTHING = { accepted: true, events: [] };
const refusedWith = (code: string) => ({ accepted: false, rejection: { code } });
const typesOf = (decision: { accepted: boolean; events?: readonly { type: string }[] }) =>
  decision.events?.map(({ type }) => type);
const runAfter = (...events: readonly RunEvent[]) => given(...events).state() as StartedRun;

const running = history(example.start(), example.request('s1'));
const held = history(example.start(), example.request('s1', { verdict: example.asks() }));

describe('asking for a step', () => {
  it('seals request, decision, reservation and intent together when policy allows it', () => {
    expect(given(example.started()).when(example.request('s1'))).toEqual({
      accepted: true,
      events: [
        {
          type: 'step.requested',
          data: {
            stepId: 's1',
            at: atMs(1_000),
            capability: FETCH,
            input: { method: 'GET' },
            inputDigest: 'e'.repeat(64),
            counts: false,
            requestedBy: 'researcher',
          },
        },
        {
          type: 'policy.decided',
          data: {
            stepId: 's1',
            at: atMs(1_000),
            verdict: 'allow',
            rule: 'read-pages',
            reason: 'Read pages.',
            policy: example.POLICY,
          },
        },
        { type: 'budget.reserved', data: { stepId: 's1', at: atMs(1_000), steps: 1 } },
        { type: 'step.started', data: { stepId: 's1', at: atMs(1_000), attempt: 1, ...example.attempt() } },
      ],
    });
  });

  it('records a denial with the rule that decided and what would be allowed, and reserves nothing', () => {
    const decision = given(example.started()).when(example.request('s1', { verdict: example.DENIED }));
    expect(typesOf(decision)).toEqual(['step.requested', 'policy.decided', 'step.denied']);
    expect(decision).toMatchObject({
      events: [
        {},
        { data: { verdict: 'deny' } },
        {
          data: {
            rejection: {
              code: 'POLICY_DENIED',
              rule: 'default-deny',
              policy: example.POLICY,
              allowed: ['Read pages.'],
            },
          },
        },
      ],
    });
  });

  it('is denied once every step of the budget is used or reserved', () => {
    const used = history(
      example.start({ budget: { steps: 2, wallClockMs: 60_000 } }),
      example.request('s1'),
      example.fate('s1', example.FAILED),
      example.request('s2'),
    );
    const decision = given(...used).when(example.request('s3'));
    expect(typesOf(decision)).toEqual(['step.requested', 'policy.decided', 'step.denied']);
    expect(decision).toMatchObject({ events: [{}, {}, { data: { rejection: { code: 'BUDGET_STEPS_EXHAUSTED' } } }] });
  });

  it('is denied, not held, when the budget is gone', () => {
    const used = history(example.start({ budget: { steps: 1, wallClockMs: 60_000 } }), example.request('s1'));
    expect(typesOf(given(...used).when(example.request('s2', { verdict: example.asks({ stepId: 's2' }) })))).toContain(
      'step.denied',
    );
  });

  it('is denied once the time of the run is used up, also before the clock has noticed', () => {
    expect(given(example.started()).when(example.request('s1', { at: atMs(60_000) }))).toMatchObject({
      events: [{}, {}, { data: { rejection: { code: 'BUDGET_WALL_CLOCK_EXHAUSTED' } } }],
    });
  });

  it('is held when policy asks for a person: the run pauses and the approval is requested in the same append', () => {
    const decision = given(example.started()).when(example.request('s1', { verdict: example.asks() }));
    expect(typesOf(decision)).toEqual(['step.requested', 'policy.decided', 'run.paused', 'step.held']);
    expect(decision).toMatchObject({
      events: [
        {},
        {},
        { data: { cause: 'approval', deadlineAt: atMs(3_600_000), wallClockUsedMs: 1_000, approvalId: APPROVAL } },
        { data: { approvalId: APPROVAL, digest: DIGEST } },
      ],
      also: [
        {
          stream: APPROVAL,
          expected: 'none',
          events: [
            {
              type: 'approval.requested',
              data: { content: example.content(), digest: DIGEST, requestedBy: 'researcher' },
            },
          ],
        },
      ],
    });
  });

  it.each([
    ['started', running, 'started'],
    ['held', held, 'held'],
    ['denied', history(example.start(), example.request('s1', { verdict: example.DENIED })), 'denied'],
    ['ended', history(example.start(), example.request('s1'), example.fate('s1', example.SUCCEEDED)), 'succeeded'],
  ])('adds nothing when the same step is %s already, whatever policy says by now', (_what, events, state) => {
    expect(given(...events).when(example.request('s1', { verdict: example.DENIED }))).toEqual(NOTHING);
    expect(stepOf(runAfter(...events), 's1')?.state).toBe(state);
  });

  it('adds nothing when the same step is asked for again after the run is over', () => {
    const over = history(example.start(), example.request('s1'), example.cancel('operator'));
    expect(given(...over).when(example.request('s1'))).toEqual(NOTHING);
  });

  it('is refused under an id that stands for another input or capability', () => {
    for (const more of [{ inputDigest: 'f'.repeat(64) }, { capability: 'resource.list' }]) {
      expect(given(...running).when(example.request('s1', more))).toMatchObject(refusedWith('STEP_ID_REUSED'));
    }
  });

  it('is refused from another session, and from another agent than the run belongs to', () => {
    for (const more of [{ sessionId: OTHER_SESSION }, { by: 'somebody-else' }]) {
      expect(given(example.started()).when(example.request('s1', more))).toMatchObject(refusedWith('RUN_NOT_FOUND'));
    }
  });

  it('is refused while the run is paused and when it is over, and leaves no trace', () => {
    expect(given(...held).when(example.request('s2'))).toMatchObject(refusedWith('RUN_PAUSED'));
    expect(given(...history(example.start(), example.cancel('operator'))).when(example.request('s2'))).toMatchObject(
      refusedWith('RUN_NOT_ACTIVE'),
    );
  });
});

describe('the fate of a step', () => {
  it.each([
    [
      'succeeded',
      example.SUCCEEDED,
      { result: { value: 'hi', untrusted: true }, usage: example.USAGE },
      { bytesIn: 20, bytesOut: 10 },
    ],
    [
      'failed',
      example.FAILED,
      { rejection: { code: 'UPSTREAM_TIMEOUT', detail: 'too slow' }, usage: example.USAGE },
      { bytesIn: 20, bytesOut: 10 },
    ],
    ['unknown', example.UNKNOWN, { reason: 'no fact' }, { bytesIn: 0, bytesOut: 0 }],
  ] as const)('%s settles the reservation in the same append', (state, is, facts, bytes) => {
    expect(given(...running).when(example.fate('s1', is))).toEqual({
      accepted: true,
      events: [
        { type: 'budget.settled', data: { stepId: 's1', at: atMs(2_000), steps: 1, ...bytes } },
        { type: `step.${state}`, data: { stepId: 's1', at: atMs(2_000), attempt: 1, ...facts } },
      ],
    });
  });

  it('is recorded once: a second or late one adds nothing', () => {
    const ended = history(example.start(), example.request('s1'), example.fate('s1', example.UNKNOWN));
    for (const is of [example.SUCCEEDED, example.FAILED, example.UNKNOWN])
      expect(given(...ended).when(example.fate('s1', is))).toEqual(NOTHING);
    expect(given(...running).when(example.fate('s1', example.SUCCEEDED, { attempt: 2 }))).toEqual(NOTHING);
    const retried = history(example.start(), example.request('s1'), example.tryAgain('s1', 1));
    expect(given(...retried).when(example.fate('s1', example.SUCCEEDED))).toEqual(NOTHING);
  });

  it('is recorded while the run is paused and after it is over: a fact is a fact', () => {
    const over = history(example.start(), example.request('s1'), example.cancel('operator'));
    expect(typesOf(given(...over).when(example.fate('s1', example.SUCCEEDED)))).toEqual([
      'budget.settled',
      'step.succeeded',
    ]);
    const paused = history(example.start(), example.request('s1'), example.claim());
    expect(typesOf(given(...paused).when(example.fate('s1', example.SUCCEEDED)))).toEqual([
      'budget.settled',
      'step.succeeded',
    ]);
  });

  it('of a held or denied step, or of none, is not taken', () => {
    expect(given(...held).when(example.fate('s1', example.SUCCEEDED))).toEqual(NOTHING);
    expect(given(...running).when(example.fate('s9', example.SUCCEEDED))).toMatchObject(refusedWith('STEP_NOT_FOUND'));
  });
});

describe('another attempt', () => {
  it('follows the one that was lost, within the same reservation', () => {
    expect(given(...running).when(example.tryAgain('s1', 1))).toEqual({
      accepted: true,
      events: [{ type: 'step.started', data: { stepId: 's1', at: atMs(2_000), attempt: 2, ...example.attempt() } }],
    });
    expect(runAfter(...history(example.start(), example.request('s1'), example.tryAgain('s1', 1)))).toMatchObject({
      budget: { reserved: { steps: 1 }, used: {} },
    });
  });

  it('is made once by whoever is first, and never of a step that has ended', () => {
    expect(
      given(...history(example.start(), example.request('s1'), example.tryAgain('s1', 1))).when(
        example.tryAgain('s1', 1),
      ),
    ).toEqual(NOTHING);
    expect(
      given(...history(example.start(), example.request('s1'), example.fate('s1', example.FAILED))).when(
        example.tryAgain('s1', 1),
      ),
    ).toEqual(NOTHING);
    expect(given(...running).when(example.tryAgain('s9', 1))).toMatchObject(refusedWith('STEP_NOT_FOUND'));
  });
});
