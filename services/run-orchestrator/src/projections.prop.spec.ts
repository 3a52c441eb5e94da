import { entriesOf, fold, type Recorded } from '@causeway/eventing';
import type { DocumentProjection } from '@causeway/postgres';
import fc from 'fast-check';
import { commands, play, recorded, replayed, streamOf } from '../test/random-run.features.ts';
import * as example from '../test/run.features.ts';
import { atMs, RUN } from '../test/run.features.ts';
import { approvalDecider } from './approvals/domain/approval.decide.ts';
import { approvalViewOf } from './approvals/approval-view.ts';
import { approvalsProjection, toApprovalView } from './approvals/approvals.projection.ts';
import { runDecider } from './runs/domain/run.decide.ts';
import { grantDecider } from './grants/domain/grant.ts';
import { grantViewOf } from './grants/grant-view.ts';
import { grantsProjection, toGrantView } from './grants/grants.projection.ts';
import { runViewOf } from './runs/run-view.ts';
import { runsProjection, toRunView } from './runs/runs.projection.ts';
import { stepsProjection, toStepView } from './steps/steps.projection.ts';

/** The documents that a projection keeps after these events. */
function projected<View>(
  { keysOf, evolve }: DocumentProjection<View>,
  events: readonly Recorded[],
): ReadonlyMap<string, View> {
  const documents = new Map<string, View>();
  for (const event of events) {
    for (const key of keysOf(event)) {
      const next = evolve(documents.get(key), event, key);
      if (next !== undefined) documents.set(key, next);
    }
  }
  return documents;
}

const NOW = atMs(100_000);

describe('the views, whatever happened', () => {
  it('show the run as its own events say', () => {
    fc.assert(
      fc.property(commands, (all) => {
        const { sealed } = play(all);
        const run = replayed(sealed);
        const document = projected(runsProjection, recorded(sealed)).get(RUN);
        if (run.kind === 'none' || !document) throw new Error('the first command starts the run');
        expect(toRunView(document, NOW)).toEqual(runViewOf(run, document.position, NOW));
      }),
    );
  });

  it('look at a run when it is due, and not once it is over', () => {
    fc.assert(
      fc.property(commands, (all) => {
        const { sealed } = play(all);
        const run = replayed(sealed);
        const document = projected(runsProjection, recorded(sealed)).get(RUN)!;
        if (run.kind === 'none') throw new Error('the first command starts the run');
        const movedAt = (at: string): number => {
          const decision = runDecider.decide({ type: 'tick', at }, run);
          if (decision.accepted) return decision.events.length;
          return decision.rejection.wanted ? 1 : -1;
        };
        const { dueAt } = document;
        if (dueAt === undefined) return expect(movedAt('2099-01-01T00:00:00.000Z')).toBe(0);
        expect(movedAt(dueAt)).toBeGreaterThan(0);
        const before = new Date(Date.parse(dueAt) - 1).toISOString();
        if (before >= all.at(-1)!.at) expect(movedAt(before)).toBe(0);
      }),
    );
  });

  it('show each step as the run has it', () => {
    fc.assert(
      fc.property(commands, (all) => {
        const { sealed } = play(all);
        const run = replayed(sealed);
        const documents = projected(stepsProjection, recorded(sealed));
        const steps = run.kind === 'none' ? [] : entriesOf(run.steps);
        expect(documents.size).toBe(steps.length);
        for (const [stepId, { state, attempt, capability, rule, approvalId, version, finding }] of steps) {
          const document = documents.get(`${RUN}/${stepId}`)!;
          expect(document).toMatchObject({ stepId, state, attempt, capability, rule, version });
          expect(toStepView(document)).toMatchObject({
            ...(approvalId && { approvalId }),
            ...(finding && { finding }),
          });
          expect([toStepView(document).approvalId, toStepView(document).finding]).toEqual([approvalId, finding]);
        }
      }),
    );
  });

  it('show each approval as its own events say', () => {
    fc.assert(
      fc.property(commands, (all) => {
        const { sealed } = play(all);
        for (const [approvalId, document] of projected(approvalsProjection, recorded(sealed))) {
          const approval = fold(approvalDecider, streamOf(sealed, approvalId));
          if (approval.kind === 'none') throw new Error(`${approvalId} has no request`);
          expect(toApprovalView(document)).toEqual(approvalViewOf(approval));
        }
      }),
    );
  });

  it('show each standing grant as its own events say, used as often as steps name it', () => {
    fc.assert(
      fc.property(commands, (all) => {
        const { sealed } = play(all);
        const events = [{ stream: example.GRANT, event: example.grantIssued() }, ...sealed];
        const document = projected(grantsProjection, recorded(events)).get(example.GRANT);
        const grant = fold(grantDecider, streamOf(events, example.GRANT));
        if (grant.kind === 'none' || !document) throw new Error('it was issued');
        expect(toGrantView(document)).toEqual(grantViewOf(grant));
        const steps = [...projected(stepsProjection, recorded(sealed)).values()];
        expect(steps.filter(({ grantId }) => grantId === example.GRANT).length).toBe(
          streamOf(events, example.GRANT).length - 1,
        );
      }),
    );
  });
});
