import { erasedForm } from '@causeway/contracts';
import { fold } from '@causeway/eventing';
import fc from 'fast-check';
import { approvalsIn, commands, play, recorded, replayed, streamOf, type Sealed } from '../test/random-run.features.ts';
import type { Approval } from './approvals/domain/approval.ts';
import { approvalDecider, type ApprovalCommand } from './approvals/domain/approval.decide.ts';
import { PROJECTIONS } from './views.ts';
import { runDecider } from './runs/domain/run.decide.ts';

const erased = (sealed: readonly Sealed[]): readonly Sealed[] =>
  sealed.map(({ stream, event }) => ({ stream, event: erasedForm(event) }));

/** What is decided, without the words of refusals: they may speak of what was erased. */
const told = (decision: {
  readonly accepted: boolean;
  readonly events?: readonly unknown[];
  readonly rejection?: { code: string };
}) => (decision.accepted ? decision : decision.rejection?.code);

describe('a run whose data was erased, whatever happened in it', () => {
  it('decides everything as before', () => {
    fc.assert(
      fc.property(commands, fc.nat(), (all, cut) => {
        const before = all.slice(0, 1 + (cut % all.length));
        const { sealed } = play(before);
        const [whole, left] = [replayed(sealed), replayed(erased(sealed))];
        for (const command of all)
          expect(told(runDecider.decide(command, left))).toEqual(told(runDecider.decide(command, whole)));
      }),
      { numRuns: 300 },
    );
  });

  it('takes the events that follow as before, so that its proof and its budget stay', () => {
    fc.assert(
      fc.property(commands, (all) => {
        const { sealed } = play(all);
        const [whole, left] = [replayed(sealed), replayed(erased(sealed))];
        if (whole.kind === 'none' || left.kind === 'none') throw new Error('the first command starts the run');
        const { goal, isGoalErased, phase, subgoals, ...same } = left;
        const words = (subgoals ?? []).map(({ goal: part, isGoalErased: isErased }) => [part, isErased]);
        expect(words).toEqual(words.map(() => ['[erased]', true]));
        const queue = subgoals?.map(({ goal: _, isGoalErased: __, ...subgoal }) => subgoal);
        expect([goal, isGoalErased, phase.state]).toEqual(['[erased]', true, whole.phase.state]);
        expect(whole).toMatchObject(
          JSON.parse(JSON.stringify({ ...same, subgoals: queue, steps: undefined })) as object,
        );
        expect(left.steps).toEqual(whole.steps);
      }),
    );
  });

  it('is shown by every view', () => {
    fc.assert(
      fc.property(commands, (all) => {
        for (const event of recorded(erased(play(all).sealed)))
          for (const { keysOf, evolve } of PROJECTIONS)
            for (const key of keysOf(event))
              (evolve as (view: undefined, event: unknown, key: string) => unknown)(undefined, event, key);
      }),
    );
  });
});

describe('an approval whose content was erased', () => {
  const at = '2026-01-01T00:00:30.000Z';
  const commandsOf = ({ digest }: { readonly digest: string }): ApprovalCommand[] => [
    { type: 'grant', digest, reason: 'fine', by: 'ann', at },
    { type: 'deny', reason: 'no', by: 'ann', at },
    { type: 'return', feedback: 'no', by: 'ann', at },
    { type: 'expire', at: '2027-01-01T00:00:00.000Z' },
    { type: 'withdraw', reason: 'over', at },
  ];

  it('is granted no more, and is decided otherwise as before', () => {
    let seen = 0;
    fc.assert(
      fc.property(commands, (all) => {
        const { sealed } = play(all);
        for (const stream of approvalsIn(sealed)) {
          const whole: Approval = fold(approvalDecider, streamOf(sealed, stream));
          const left: Approval = fold(approvalDecider, streamOf(erased(sealed), stream));
          if (whole.kind === 'none') throw new Error('it begins with a request');
          const [grant, ...others] = commandsOf(whole);
          expect(approvalDecider.decide(grant!, left)).toMatchObject({
            rejection: { code: 'APPROVAL_CONTENT_ERASED' },
          });
          for (const other of others)
            expect(told(approvalDecider.decide(other, left))).toEqual(told(approvalDecider.decide(other, whole)));
          seen++;
        }
      }),
    );
    expect(seen).toBeGreaterThan(0);
  });
});
