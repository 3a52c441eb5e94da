import { specification } from '@causeway/eventing';
import * as example from '../../../test/run.features.ts';
import { atMs } from '../../../test/run.features.ts';
import { runDecider } from './run.decide.ts';
import { stepOf, type StartedRun } from './run.ts';

const { given } = specification(runDecider);
const lost = [example.start(), example.request('s1'), example.fate('s1', example.UNKNOWN)];

describe('acknowledging a step', () => {
  it('seals what a person found; the outcome stays unknown and is told from the same event', () => {
    const events = example.history(...lost);
    expect(given(...events).when(example.acknowledge('s1'))).toEqual({
      accepted: true,
      events: [
        {
          type: 'step.acknowledged',
          data: { stepId: 's1', at: atMs(9_000), finding: 'happened', note: 'looked', acknowledgedBy: 'olga' },
        },
      ],
    });
    const before = stepOf(given(...events).state() as StartedRun, 's1');
    const after = stepOf(given(...example.history(...lost, example.acknowledge('s1'))).state() as StartedRun, 's1');
    expect(after).toEqual({ ...before, finding: 'happened' });
  });

  it('adds nothing when it is said again, and is not said otherwise', () => {
    const events = example.history(...lost, example.acknowledge('s1'));
    expect(given(...events).when(example.acknowledge('s1'))).toEqual({ accepted: true, events: [] });
    expect(given(...events).when(example.acknowledge('s1', 'did-not-happen'))).toMatchObject({
      rejection: { code: 'STEP_ALREADY_ACKNOWLEDGED' },
    });
  });

  it('is for a step whose outcome is unknown, and for no other', () => {
    for (const more of [[], [example.fate('s1', example.SUCCEEDED)], [example.fate('s1', example.FAILED)]]) {
      const events = example.history(example.start(), example.request('s1'), ...more);
      expect(given(...events).when(example.acknowledge('s1'))).toMatchObject({
        rejection: { code: 'STEP_OUTCOME_KNOWN' },
      });
    }
    expect(given(...example.history(example.start())).when(example.acknowledge('s9'))).toMatchObject({
      rejection: { code: 'STEP_NOT_FOUND' },
    });
  });

  it('proves nothing: a step that happened by a finding does not complete the run', () => {
    const events = example.history(
      example.start({ predicate: example.fetchSucceeded(1) }),
      ...lost.slice(1),
      example.acknowledge('s1'),
    );
    expect(given(...events).when(example.claim())).toMatchObject({
      events: [{ type: 'run.claimed' }, { type: 'claim.refused' }],
    });
  });
});
