import { specification } from '@causeway/eventing';
import * as example from '../../../test/run.features.ts';
import { APPROVAL, atMs, DIGEST, FETCH, history, RUN, type RunEvent } from '../../../test/run.features.ts';
import { runDecider } from './run.decide.ts';
import type { StartedRun } from './run.ts';

const { given } = specification(runDecider);
const NOTHING = { accepted: true, events: [] };
const refusedWith = (code: string) => ({ accepted: false, rejection: { code } });
const typesOf = (decision: { accepted: boolean; events?: readonly { type: string }[] }) =>
  decision.events?.map(({ type }) => type);
const runAfter = (...events: readonly RunEvent[]) => given(...events).state() as StartedRun;

const held = history(example.start(), example.request('s1', { verdict: example.asks() }));

describe('starting a held step', () => {
  it('consumes the approval, reserves the budget and starts the step in one append', () => {
    expect(given(...held).when(example.startHeld('s1'))).toEqual({
      accepted: true,
      events: [
        { type: 'run.resumed', data: { cause: 'approval', by: 'ann', at: atMs(5_000) } },
        { type: 'budget.reserved', data: { stepId: 's1', at: atMs(5_000), steps: 1 } },
        {
          type: 'step.started',
          data: { stepId: 's1', at: atMs(5_000), attempt: 1, ...example.attempt(), approvalId: APPROVAL },
        },
      ],
      also: [
        {
          stream: APPROVAL,
          expected: 2,
          events: [
            {
              type: 'approval.consumed',
              data: { approvalId: APPROVAL, digest: DIGEST, runId: RUN, stepId: 's1', at: atMs(5_000) },
            },
          ],
        },
      ],
    });
  });

  it('is refused when the digest, or the approval, is another', () => {
    for (const [more, code] of [
      [{ digest: 'b'.repeat(64) }, 'APPROVAL_DIGEST_MISMATCH'],
      [{ approvalId: 'apr_00000000000000000000000009' }, 'APPROVAL_OTHER_STEP'],
    ] as const) {
      expect(given(...held).when(example.startHeld('s1', more))).toMatchObject(refusedWith(code));
    }
  });

  it('is refused once the run was moved to another policy, whatever whoever asks saw before', () => {
    const policy = { ...example.POLICY, digest: 'b'.repeat(64) };
    const moved: RunEvent = { type: 'run.moved', data: { policy, movedBy: 'olga', reason: 'safer', at: atMs(2_000) } };
    expect(given(...held, moved).when(example.startHeld('s1'))).toMatchObject(refusedWith('APPROVAL_POLICY_CHANGED'));
    const back: RunEvent = { ...moved, data: { ...moved.data, policy: example.POLICY } };
    expect(given(...held, moved, back).when(example.startHeld('s1'))).toMatchObject({ accepted: true });
  });

  it('is refused from the moment on at which the approval expires', () => {
    expect(given(...held).when(example.startHeld('s1', { at: atMs(3_599_999) }))).toMatchObject({ accepted: true });
    expect(given(...held).when(example.startHeld('s1', { at: atMs(3_600_000) }))).toMatchObject(
      refusedWith('APPROVAL_EXPIRED'),
    );
  });

  it('denies the step and withdraws the approval in one append when the budget is gone meanwhile', () => {
    const steps = [example.request('s0'), example.request('s1', { verdict: example.asks() })];
    const spent = history(example.start({ budget: { steps: 2, wallClockMs: 60_000 } }), ...steps);
    const short = spent.map((event) =>
      event.type === 'run.started' ? example.started({ budget: { steps: 1, wallClockMs: 60_000 } }) : event,
    );
    const decision = given(...short).when(example.startHeld('s1'));
    expect(typesOf(decision)).toEqual(['run.resumed', 'step.denied']);
    expect(decision).toMatchObject({
      events: [{}, { data: { rejection: { code: 'BUDGET_STEPS_EXHAUSTED' } } }],
      also: [{ stream: APPROVAL, expected: 2, events: [{ type: 'approval.withdrawn' }] }],
    });
  });

  it('adds nothing the second time: an approval starts at most one execution', () => {
    const begun = history(example.start(), example.request('s1', { verdict: example.asks() }), example.startHeld('s1'));
    expect(given(...begun).when(example.startHeld('s1', { at: atMs(6_000) }))).toEqual(NOTHING);
  });

  it('adds nothing once the run is over, and is refused for a step that is not there', () => {
    expect(
      given(
        ...history(example.start(), example.request('s1', { verdict: example.asks() }), example.cancel('operator')),
      ).when(example.startHeld('s1')),
    ).toEqual(NOTHING);
    expect(given(...held).when(example.startHeld('s9'))).toMatchObject(refusedWith('STEP_NOT_FOUND'));
  });
});

describe('refusing a held step', () => {
  it('denies it and lets the run go on, with its budget as it was', () => {
    const refused = [
      { type: 'run.resumed', data: { cause: 'approval', by: 'ann', at: atMs(5_000) } },
      {
        type: 'step.denied',
        data: {
          stepId: 's1',
          at: atMs(5_000),
          capability: FETCH,
          rejection: { code: 'APPROVAL_DENIED', detail: 'no' },
        },
      },
    ];
    expect(given(...held).when(example.refuseHeld('s1'))).toEqual({ accepted: true, events: refused });
    const after = runAfter(
      ...history(example.start(), example.request('s1', { verdict: example.asks() }), example.refuseHeld('s1')),
    );
    expect(after.phase.state).toBe('active');
    expect([after.budget.used, after.budget.reserved]).toEqual([{}, {}]);
    expect(after.heldStepId).toBeUndefined();
  });

  it('adds nothing when the step is not held any more', () => {
    const begun = history(example.start(), example.request('s1', { verdict: example.asks() }), example.startHeld('s1'));
    expect(given(...begun).when(example.refuseHeld('s1'))).toEqual(NOTHING);
    expect(given(...held).when(example.refuseHeld('s9'))).toMatchObject(refusedWith('STEP_NOT_FOUND'));
  });
});
