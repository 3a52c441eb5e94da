import { evolve } from './run.evolve.ts';
import { runDecider } from './run.decide.ts';
import { noRun, stepOf, type Run } from './run.ts';
import * as example from '../../../test/run.features.ts';
import type { RunCommand } from './run.commands.ts';

const OTHER = { ...example.POLICY, pack: 'other', digest: 'b'.repeat(64) };
const AT = example.atMs(1_000);
const move = (policy = OTHER): RunCommand => ({ type: 'move-policy', policy, reason: 'safer', by: 'olga', at: AT });

function after(...commands: readonly RunCommand[]): Run {
  return commands.reduce<Run>((run, command) => {
    const decision = runDecider.decide(command, run);
    if (!decision.accepted) throw new Error(decision.rejection.detail);
    return decision.events.reduce(evolve, run);
  }, noRun());
}
const decide = (command: RunCommand, run: Run) => runDecider.decide(command, run);

describe('a run that is moved to another policy', () => {
  it('has it from then on, and is moved once', () => {
    const run = after(example.start(), move());
    expect(run).toMatchObject({ policy: OTHER });
    expect(decide(move(), run)).toMatchObject({ accepted: true, events: [] });
  });

  it('takes no step that the old one decided, and the steps that it took keep the policy they were decided by', () => {
    const run = after(example.start(), example.request('one'), move());
    expect(decide(example.request('two'), run)).toMatchObject({
      accepted: false,
      rejection: { code: 'POLICY_VERSION_MISMATCH' },
    });
    expect(decide(example.request('one'), run)).toMatchObject({ accepted: true, events: [] });
    expect(run.kind === 'run' && stepOf(run, 'one')?.policy).toEqual(example.POLICY);
  });

  it('is not one that is over, or was never there', () => {
    const cancelled = after(example.start(), {
      type: 'cancel',
      reason: 'enough',
      mover: 'operator',
      by: 'olga',
      at: AT,
    });
    expect(decide(move(), cancelled)).toMatchObject({ accepted: false, rejection: { code: 'RUN_NOT_ACTIVE' } });
    expect(decide(move(), noRun())).toMatchObject({ accepted: false, rejection: { code: 'RUN_NOT_FOUND' } });
  });
});
