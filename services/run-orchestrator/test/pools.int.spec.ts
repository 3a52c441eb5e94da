import { completeRun, extendPool, isRetryable, listPools, type StepOutcome } from '@causeway/contracts';
import { GET, newId, OPERATOR, startSystem, valueOf, type Started, type System } from './system.features.ts';

const LIMIT = 300;
/** Thousands of appends, on a machine that may do other work beside. */
const PATIENCE_MS = 300_000;
const settings = `
pools:
  session: { steps: 5000 }
  team: { steps: ${LIMIT} }
`;

let system: System;
beforeAll(async () => {
  system = await startSystem({ timeoutMs: 60_000, replicas: 3, resendMs: 20_000, settings });
});
afterAll(() => system.stop());

/** What became of a step: a request that is sent again can come to a replica that does not carry the step. */
async function ended(run: Started, stepId: string): Promise<StepOutcome> {
  const reply = await system.stepAsk(run, stepId, GET);
  // No answer in time says nothing about the step: the same request can be sent again.
  if (!reply.ok && isRetryable(reply.rejection.code)) return ended(run, stepId);
  const outcome = valueOf(reply);
  return outcome.state === 'started' ? system.outcome(run, stepId) : outcome;
}

const ran = (outcomes: readonly StepOutcome[]): number => outcomes.filter(({ state }) => state === 'succeeded').length;

async function runsOf(teamId: string, count: number): Promise<Started[]> {
  const sessions = await Promise.all([1, 2, 3, 4].map(() => system.session({ teamId })));
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      system.run({ sessionId: sessions[index % 4]!, budget: { steps: 1_000 } }),
    ),
  );
}

const teamPool = async (owner: string) => {
  const { pools } = valueOf(await system.ask(listPools, { level: 'team', limit: 200 }, OPERATOR));
  return pools.find((pool) => pool.owner === owner)!;
};

describe('a team pool, with three replicas', () => {
  it(
    'admits exactly its limit of 1,000 steps that are asked for at once, and refuses none while something is left',
    async () => {
      const runs = await runsOf('blue', 12);
      const outcomes = await Promise.all(
        Array.from({ length: 1_000 }, (_, index) => ended(runs[index % runs.length]!, `s${index}`)),
      );
      expect(ran(outcomes)).toBe(LIMIT);
      const refusals = outcomes.flatMap(({ rejection }) => (rejection ? [rejection] : []));
      expect(refusals).toHaveLength(1_000 - LIMIT);
      expect(new Set(refusals.map(({ code, facts }) => `${code} ${String(facts?.['level'])}`))).toEqual(
        new Set(['BUDGET_EXHAUSTED team']),
      );
      const events = (await Promise.all(runs.map(({ runId }) => system.eventsOf(runId)))).flat();
      const count = (type: string): number => events.filter((event) => event.type === type).length;
      expect([count('step.started'), count('budget.reserved'), count('budget.settled')]).toEqual([LIMIT, LIMIT, LIMIT]);

      const { poolId } = await teamPool('blue');
      const more = { poolId, extensionId: newId('extension'), meter: 'steps' as const, delta: 50, reason: 'more work' };
      for (const _ of [1, 2]) valueOf(await system.ask(extendPool, more, OPERATOR));
      const after: StepOutcome[] = [];
      for (let index = 0; index < 51; index++) after.push(await ended(runs[index % 12]!, `after-${index}`));
      expect(after.map(({ state }) => state)).toEqual([...Array.from({ length: 50 }, () => 'succeeded'), 'denied']);
    },
    PATIENCE_MS,
  );

  it(
    'gets back what its runs do not need when they end',
    async () => {
      const [first, second] = (await runsOf('green', 2)) as [Started, Started];
      expect((await ended(first, 'one')).state).toBe('succeeded');
      const { runId, sessionId } = first;
      await system.claim({ runId, sessionId });
      const held = await system.eventsOf(runId);
      expect(held.filter(({ type }) => type === 'budget.allotted')).not.toEqual([]);
      valueOf(await system.ask(completeRun, { runId, reason: 'fine' }, OPERATOR));
      const allotted = (await system.eventsOf(runId)).filter(({ type }) => /^budget\.(allotted|returned)$/.test(type));
      expect(allotted.at(-1)).toMatchObject({ type: 'budget.returned', data: { isLast: true } });
      const outcomes = await Promise.all(Array.from({ length: LIMIT }, (_, index) => ended(second, `s${index}`)));
      expect(ran(outcomes)).toBe(LIMIT - 1);
    },
    PATIENCE_MS,
  );
});
