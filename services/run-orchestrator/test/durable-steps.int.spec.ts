import { erase, type FetchInput, type StepOutcome } from '@causeway/contracts';
import { ok, rejected } from '@causeway/messaging';
import {
  BASE,
  GET,
  largeAnswer,
  OPERATOR,
  POST,
  startSystem,
  valueOf,
  type Fetching,
  type Started,
  type System,
} from './system.features.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());
beforeEach(() => system.provider.reset());

const STEPS = 50;
const FORBIDDEN: FetchInput = { ...POST, url: `${BASE}/nowhere` };
/** Each step has one of five fates, by its number. */
const FATES = ['succeeded', 'large', 'failed', 'refused', 'denied'] as const;
const fateOf = (stepId: string) => FATES[Number(stepId.slice(1)) % FATES.length]!;
const stepIds = Array.from({ length: STEPS }, (_, n) => `s${n}`);
const STATE_OF = { succeeded: 'succeeded', large: 'succeeded', failed: 'failed', refused: 'failed', denied: 'denied' };

const answer = async (call: Fetching) => {
  switch (fateOf(call.grant.stepId)) {
    case 'large':
      return largeAnswer(call);
    case 'failed': {
      const value = valueOf(await system.provider.seal(call));
      return ok({ ...value, result: { ...value.result, status: 500 } });
    }
    case 'refused':
      return rejected('UPSTREAM_TIMEOUT', 'too slow', { facts: { bytesIn: 3, bytesOut: 4 } });
    default:
      return system.provider.seal(call);
  }
};

const askAll = async (run: Started): Promise<readonly StepOutcome[]> =>
  Promise.all(
    stepIds.map(async (id) =>
      system.step(run, id, fateOf(id) === 'denied' ? FORBIDDEN : { ...GET, url: `${BASE}/${id}` }),
    ),
  );

/** What an answer says of its step; the budget is told as it is at the moment of asking. */
const told = (outcomes: readonly StepOutcome[]) => outcomes.map(({ budget: _, ...step }) => step);
const withoutData = (outcomes: readonly StepOutcome[]) =>
  outcomes.map(({ stepId, state, attempt, rule, position, usage, rejection }) => ({
    ...{ stepId, state, attempt, rule, position, usage, code: rejection?.code },
  }));

describe('fifty steps of one run at the same time', () => {
  it('each have their own outcome, which stays the same when asked again, after a crash, and after an erasure', async () => {
    system.provider.answerWith(answer);
    const run = await system.run({ budget: { steps: STEPS } });
    const first = await askAll(run);
    expect(first.map(({ state }) => state)).toEqual(stepIds.map((id) => STATE_OF[fateOf(id)]));
    for (const { stepId, result } of first) {
      const kind = fateOf(stepId);
      expect([kind, result?.value !== undefined, result?.resourceId !== undefined]).toEqual([
        ...[kind, kind === 'succeeded' || kind === 'failed', kind === 'large'],
      ]);
    }
    const started = STEPS - STEPS / FATES.length;
    expect((await system.view(run, Math.max(...first.map(({ position }) => position)))).budget.steps).toEqual({
      ...{ limit: STEPS, used: started, reserved: 0 },
    });
    expect(told(await askAll(run))).toEqual(told(first));

    await system.killOrchestrator('SIGKILL');
    await system.startOrchestrator();
    expect(told(await askAll(run))).toEqual(told(first));
    expect(told(await Promise.all(stepIds.map((id) => system.outcome(run, id, 0))))).toEqual(told(first));

    const request = { erasureId: crypto.randomUUID(), target: { scope: run.runId }, reason: 'asked for' };
    const { position } = valueOf(await system.ask(erase, request, OPERATOR));
    await system.view(run, position);
    const left = await askAll(run);
    expect(withoutData(left)).toEqual(withoutData(first));
    expect(left.every(({ result }) => result?.value === undefined)).toBe(true);
    expect(system.provider.calls).toHaveLength(started);
  });
});
