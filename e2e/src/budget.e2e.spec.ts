import { httpApi, type RunView } from '@causeway/contracts';
import { aList, apiOf } from './api.ts';
import { startSystem, START_TIMEOUT_MS, STOP_TIMEOUT_MS, type System } from './system.ts';

const REQUESTS = 1_000;
const STEPS = 100;

describe('a budget', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem();
  }, START_TIMEOUT_MS);
  afterAll(() => system.stop(), STOP_TIMEOUT_MS);

  it(`of ${STEPS} steps lets exactly ${STEPS} of ${REQUESTS} requests at once start, and answers each`, async () => {
    const api = apiOf(system);
    const work = await api.startWork('agent-a', { steps: STEPS });
    const asked = Array.from({ length: REQUESTS }, (_, number) => api.step(work, `step-${number}`, aList));
    const answers = await Promise.all(asked);

    const outcomes = Map.groupBy(answers, ({ status, body }) => `${status} ${body.code ?? body.state}`);
    const counts = Object.fromEntries([...outcomes].map(([outcome, list]) => [outcome, list.length]));
    expect(counts).toEqual({ '200 succeeded': STEPS, '403 BUDGET_STEPS_EXHAUSTED': REQUESTS - STEPS });

    const events = await api.events({ runId: work.runId });
    const count = (type: string): number => events.filter((event) => event.type === type).length;
    expect({ started: count('step.started'), denied: count('step.denied') }).toEqual({
      started: STEPS,
      denied: REQUESTS - STEPS,
    });
    const newest = events.at(-1)?.position ?? 0;
    const { token, runId } = { token: system.keys.operator, runId: work.runId };
    const query = { minPosition: newest };
    const { budget, state } = await api.good<RunView>(httpApi.getRun, { token, params: { runId }, query });
    expect(budget.steps).toEqual({ limit: STEPS, used: STEPS, reserved: 0 });
    expect(state).toBe('active');
  }, 90_000);
});
