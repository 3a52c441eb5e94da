import { specification } from '@causeway/eventing';
import * as example from '../../../test/run.features.ts';
import { atMs, GRANT, RUN } from '../../../test/run.features.ts';
import { runDecider } from './run.decide.ts';

const { given } = specification(runDecider);
const request = example.request('s1', { verdict: example.granted(2) });

describe('a step that a standing grant covers', () => {
  it('starts at once, names the grant, and takes its use in the same append, at the version that was looked at', () => {
    const decision = given(...example.history(example.start())).when(request);
    expect(decision).toMatchObject({
      accepted: true,
      also: [
        {
          ...{ stream: GRANT, expected: 2 },
          events: [{ type: 'grant.used', data: { grantId: GRANT, runId: RUN, stepId: 's1', use: 2, at: atMs(1_000) } }],
        },
      ],
    });
    const events = decision.accepted ? decision.events : [];
    expect(events.map(({ type }) => type)).toEqual([
      'step.requested',
      'policy.decided',
      'budget.reserved',
      'step.started',
    ]);
    expect(events.at(-1)).toMatchObject({ data: { grantId: GRANT } });
    expect(events[1]).toMatchObject({ data: { verdict: 'ask' } });
  });

  it('takes no use the second time, and none without budget or in a run that waits', () => {
    expect(given(...example.history(example.start(), request)).when(request)).toEqual({ accepted: true, events: [] });
    const spent = example.history(example.start({ budget: { steps: 1, wallClockMs: 60_000 } }), example.request('s0'));
    expect(given(...spent).when(request)).toMatchObject({
      events: [{}, {}, { type: 'step.denied', data: { rejection: { code: 'BUDGET_STEPS_EXHAUSTED' } } }],
    });
    expect(given(...spent).when(request)).not.toHaveProperty('also');
    const held = example.history(example.start(), example.request('s0', { verdict: example.asks({ stepId: 's0' }) }));
    expect(given(...held).when(request)).toMatchObject({ rejection: { code: 'RUN_PAUSED' } });
  });

  it('does not start once the time of the grant is over, however long ago the grant was looked at', () => {
    const history = example.history(example.start({ budget: { steps: 9, wallClockMs: 9_000_000 } }));
    const at = (ms: number) => given(...history).when({ ...request, at: atMs(ms) });
    expect(at(3_599_999)).toMatchObject({ accepted: true });
    expect(at(3_600_000)).toMatchObject({ accepted: false, rejection: { code: 'GRANT_EXPIRED' } });
  });
});
