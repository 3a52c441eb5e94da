import { setTimeout } from 'node:timers/promises';
import { GET, startSystem, type System } from './system.features.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ timeoutMs: 60_000 });
});
afterAll(() => system.stop());
beforeEach(() => system.provider.reset());

describe('a budget of 100 steps', () => {
  it('starts exactly 100 of 1,000 steps that are asked for at once, and records the refusal of the other 900', async () => {
    const run = await system.run({ budget: { steps: 100 } });
    system.provider.answerWith(async (call) => {
      await setTimeout(5);
      return system.provider.seal(call);
    });
    const ids = Array.from({ length: 1_000 }, (_, index) => `s${index}`);
    const outcomes = await Promise.all(ids.map((id) => system.step(run, id, GET)));

    const succeeded = outcomes.filter(({ state }) => state === 'succeeded');
    const denied = outcomes.filter(({ state }) => state === 'denied');
    expect([succeeded.length, denied.length]).toEqual([100, 900]);
    expect(new Set(denied.map(({ rejection }) => rejection?.code))).toEqual(new Set(['BUDGET_STEPS_EXHAUSTED']));
    for (const { budget } of outcomes) expect(budget.steps.used + budget.steps.reserved).toBeLessThanOrEqual(100);
    expect(new Set(system.provider.calls.map(({ grant }) => grant.stepId)).size).toBe(100);

    const types = (await system.eventsOf(run.runId)).map(({ type }) => type);
    const count = (type: string) => types.filter((one) => one === type).length;
    expect(['step.started', 'step.succeeded', 'step.denied', 'budget.reserved', 'budget.settled'].map(count)).toEqual([
      ...[100, 100, 900, 100, 100],
    ]);
    const view = await system.view(run, Math.max(...outcomes.map(({ position }) => position)));
    expect(view.budget.steps).toEqual({ limit: 100, used: 100, reserved: 0 });
  });

  it('is not used twice by a step that is asked for many times at once', async () => {
    const run = await system.run({ budget: { steps: 100 } });
    const outcomes = await Promise.all(Array.from({ length: 200 }, () => system.step(run, 'same', GET)));
    expect(new Set(outcomes.map(({ position, state }) => `${state} ${position}`)).size).toBe(1);
    expect(system.provider.callsOf('same')).toHaveLength(1);
    expect(outcomes[0]!.budget.steps).toMatchObject({ used: 1, reserved: 0 });
  });
});
