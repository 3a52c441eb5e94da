import { setTimeout } from 'node:timers/promises';
import { GET, startSystem, type Fetching, type System } from './system.features.ts';

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

describe('a read whose caller is killed', () => {
  /** The provider begins the call and does not answer; the next process finds one that does this. */
  async function begunAndAskedAgain(begun: (call: Fetching) => Promise<unknown>, then: typeof system.provider.seal) {
    const run = await system.run({ budget: { steps: 100, bytesIn: 1_000_000, bytesOut: 1_000_000 } });
    const asked = system.step(run, 's1', GET);
    const { promise: reached, resolve } = Promise.withResolvers<void>();
    system.provider.answerWith(async (call) => {
      await begun(call);
      resolve();
      return new Promise(() => {});
    });
    await reached;
    await system.killOrchestrator('SIGKILL');
    system.provider.answerWith(then);
    await system.startOrchestrator();
    return { run, outcome: await asked };
  }

  it('is asked for again in time, as the same call', async () => {
    const { outcome } = await begunAndAskedAgain(async () => {}, system.provider.seal);
    expect(outcome).toMatchObject({ state: 'succeeded', attempt: 1, usage: { bytesIn: 20, bytesOut: 10 } });
    expect(new Set(system.provider.callsOf('s1').map(({ grant }) => grant.callId)).size).toBe(1);
  });

  it('and whose result is gone is tried once more, within what is left of its reservation, and pays for both calls', async () => {
    const { outcome, run } = await begunAndAskedAgain(system.provider.seal, system.provider.recall);
    expect(outcome).toMatchObject({
      ...{ state: 'succeeded', attempt: 2, result: { value: { body: 'hello' } } },
      ...{ usage: { bytesIn: 40, bytesOut: 20 } },
      budget: { bytesIn: { used: 40, reserved: 0 }, bytesOut: { used: 20, reserved: 0 }, steps: { used: 1 } },
    });
    const grants = system.provider.callsOf('s1').map(({ grant }) => grant);
    const [first, second] = [grants[0]!, grants.at(-1)!];
    expect(second.attempt).toBe(2);
    expect(second.reserved).toEqual({
      ...{ ...first.reserved, bytesIn: first.reserved!.bytesIn! - 20, bytesOut: first.reserved!.bytesOut! - 10 },
    });
    const types = (await system.eventsOf(run.runId)).map(({ type }) => type);
    expect(types.filter((type) => type === 'step.started')).toHaveLength(2);
  });
});
