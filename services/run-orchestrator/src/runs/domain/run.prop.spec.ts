import { CHARGED_METERS } from '@causeway/contracts';
import { entriesOf, specification } from '@causeway/eventing';
import fc from 'fast-check';
import { RUN } from '../../../test/run.features.ts';
import { approvalsIn, commands, play, replayed, streamOf } from '../../../test/random-run.features.ts';
import { amountOf, plus } from './amounts.ts';
import { freeOf, limitOf } from './budget.ts';
import { owes } from './budget-effects.ts';
import { runDecider } from './run.decide.ts';
import { hasEnded, type Run, type StartedRun } from './run.ts';

const RUNS = { numRuns: 300 };
const { given } = specification(runDecider);
const started = (run: Run): StartedRun => {
  if (run.kind === 'none') throw new Error('the first command starts the run');
  return run;
};

describe('a run, whatever it is asked', () => {
  it('is what its events say', () => {
    fc.assert(
      fc.property(commands, (all) => {
        const { states, sealed } = play(all);
        const [live, fromLedger] = [states.at(-1)!, replayed(sealed)].map(started);
        expect({ ...live, steps: new Map(entriesOf(live!.steps)) }).toEqual({
          ...fromLedger,
          steps: new Map(entriesOf(fromLedger!.steps)),
        });
        expect(live!.version).toBe(streamOf(sealed, RUN).length);
      }),
      RUNS,
    );
  });

  it('never uses or promises more than its limits and their extensions, at any point of the log', () => {
    fc.assert(
      fc.property(commands, (all) => {
        let run: Run = runDecider.initialState();
        for (const event of streamOf(play(all).sealed, RUN)) {
          run = runDecider.evolve(run, event);
          const { budget } = started(run);
          for (const meter of CHARGED_METERS) {
            if (budget.onLimit[meter] === 'warn') continue;
            const promised = amountOf(budget.used, meter) + amountOf(budget.reserved, meter);
            expect(promised).toBeLessThanOrEqual(limitOf(budget, meter) ?? Infinity);
          }
        }
      }),
      RUNS,
    );
  });

  it('uses and promises only what its pools allotted, and holds nothing of theirs once it is over and settled', () => {
    fc.assert(
      fc.property(commands, (all) => {
        for (const run of play(all).states.map(started)) {
          const free = freeOf(run.budget);
          for (const meter of run.budget.pooled) expect(amountOf(free, meter)).toBeGreaterThanOrEqual(0);
          if (hasEnded(run)) expect(free).toEqual(Object.fromEntries(run.budget.pooled.map((meter) => [meter, 0])));
          if (hasEnded(run)) expect(owes(run.budget)).toBe(false);
        }
      }),
      RUNS,
    );
  });

  it('promises exactly what its steps without fate reserved, and nothing for a refused one', () => {
    fc.assert(
      fc.property(commands, (all) => {
        for (const run of play(all).states.map(started)) {
          const steps = entriesOf(run.steps).map(([, step]) => step);
          const open = steps.filter(({ state }) => state === 'started').map(({ reserved = {} }) => reserved);
          expect(run.budget.reserved).toEqual(open.reduce(plus, {}));
          for (const { state, reserved } of steps) if (state === 'denied') expect(reserved).toBeUndefined();
        }
      }),
      RUNS,
    );
  });

  it('warns of each meter and threshold once', () => {
    fc.assert(
      fc.property(commands, (all) => {
        const given = streamOf(play(all).sealed, RUN).flatMap((event) =>
          event.type === 'budget.warned' ? [`${event.data.meter} ${event.data.warning}`] : [],
        );
        expect(new Set(given).size).toBe(given.length);
      }),
      RUNS,
    );
  });

  it('decides without writing to the state that it is given', () => {
    fc.assert(
      fc.property(commands, fc.nat(), (all, index) => {
        const { sealed } = play(all);
        const command = all[index % all.length]!;
        const frozen = given(...streamOf(sealed, RUN));
        expect(frozen.when(command)).toEqual(runDecider.decide(command, replayed(sealed)));
      }),
      RUNS,
    );
  });

  it('executes a step at most once per approval, and consumes an approval for nothing else', () => {
    fc.assert(
      fc.property(commands, (all) => {
        const { sealed } = play(all);
        for (const approval of approvalsIn(sealed)) {
          const consumed = streamOf(sealed, approval).filter(({ type }) => type === 'approval.consumed');
          const begun = streamOf(sealed, RUN).filter(
            (event) => event.type === 'step.started' && event.data.approvalId === approval,
          );
          const extended = streamOf(sealed, RUN).filter(
            (event) => event.type === 'budget.extended' && event.data.approvalId === approval,
          );
          // An approval of more budget is used up by the extension, also when its step cannot start for another reason.
          expect(consumed.length).toBe(Math.max(begun.length, extended.length));
          expect(consumed.length).toBeLessThanOrEqual(1);
          expect(begun.length).toBeLessThanOrEqual(1);
        }
      }),
      RUNS,
    );
  });

  it('stays over once it is over', () => {
    fc.assert(
      fc.property(commands, (all) => {
        const phases = play(all).states.map((run) => started(run).phase);
        const over = play(all).states.findIndex((run) => hasEnded(started(run)));
        const after = over === -1 ? [] : phases.slice(over);
        expect(after).toEqual(after.map(() => phases[over]));
      }),
      RUNS,
    );
  });

  it('gives each step one fate', () => {
    fc.assert(
      fc.property(commands, (all) => {
        const ends = streamOf(play(all).sealed, RUN)
          .filter(({ type }) => /^step\.(succeeded|failed|unknown|denied)$/.test(type))
          .map(({ data }) => (data as { stepId: string }).stepId);
        expect(new Set(ends).size).toBe(ends.length);
      }),
      RUNS,
    );
  });

  it('answers a repeated command without adding anything', () => {
    fc.assert(
      fc.property(commands, (all) => {
        let state = runDecider.initialState();
        for (const command of all) {
          const first = runDecider.decide(command, state);
          if (!first.accepted) continue;
          state = first.events.reduce(runDecider.evolve, state);
          // An unproven claim is recorded each time it is made.
          if (first.events.some(({ type }) => type === 'claim.refused' || type === 'subgoal.refused')) continue;
          expect(runDecider.decide(command, state)).toEqual({ accepted: true, events: [] });
        }
      }),
      RUNS,
    );
  });
});
