import { checkAgainstModel, inWords } from '../test/model/check.ts';
import { missingIn, tableOf } from '../test/model/coverage.ts';
import { FAULTS_OF_A_SERVICE } from '../test/model/faults.ts';
import type { Happening } from '../test/model/sequences.ts';
import { played } from '../test/model/world.ts';

/** CI-sized, and the same ones each time; `./causeway faults model` plays others, and more. */
const SEQUENCES = 10_000;
const SEED = 20_261_122;
/** A fault that is found at all is found within these. */
const SEQUENCES_FOR_A_FAULT = 3_000;
/** For a machine that does much else besides: nothing is asserted about time. */
const AMPLE_MS = 1_200_000;

const NO_POOLS = { pools: {}, asksForSteps: false, asksForTime: false };
const start = (limit: number): Happening => ({
  does: 'ask',
  replica: 0,
  request: { kind: 'start', run: 0, limit, later: false },
});

describe('runs on several replicas that crash between any two steps', () => {
  it(
    'are what a simple model says: states, budgets, approvals, answers, effects, replay and views',
    async () => {
      const verdict = await checkAgainstModel({ sequences: SEQUENCES, seed: SEED });
      process.stdout.write(`runs against the model: ${inWords(verdict)}\n`);
      expect(verdict.counterexample).toBeUndefined();
      expect(verdict.sequences).toBe(SEQUENCES);
      expect(verdict.crashes).toBeGreaterThan(SEQUENCES / 10);
      process.stdout.write(`${tableOf(verdict.coverage)}\n`);
      expect(missingIn(verdict.coverage)).toEqual([]);
    },
    AMPLE_MS,
  );

  it.each(FAULTS_OF_A_SERVICE.map(([what, finding, sabotage, about]) => ({ what, finding, sabotage, about })))(
    'are not what the model says with $what: $finding',
    async ({ finding, sabotage, about }) => {
      const check = { sequences: SEQUENCES_FOR_A_FAULT, seed: 1, sabotage, about, shrinks: false };
      expect((await checkAgainstModel(check)).counterexample).toContain(finding);
    },
    AMPLE_MS,
  );
});

describe('two starts of one run with other content at the same time', () => {
  it('are one run and one refusal', async () => {
    const { exchanges } = await played({ replicas: 2, terms: NO_POOLS, happenings: [start(2), start(3)] });
    const answers = exchanges.map(({ reply }) => (reply?.ok ? 'accepted' : reply?.rejection.code));
    expect(answers).toEqual(['accepted', 'RUN_ALREADY_STARTED']);
  });
});
