import type { StepOutcome } from '@causeway/contracts';
import { toHttp } from '../http/answer.ts';
import { answerOfStep } from './step-operations.ts';

const budget = { steps: { limit: 5, used: 1, reserved: 0 }, wallClockMs: { limit: 60_000, used: 10 } };
const outcome = (over: Partial<StepOutcome>): StepOutcome => ({
  ...{ runId: 'run_1', stepId: 'one', capability: 'network.http-fetch', state: 'succeeded', attempt: 1 },
  ...{ budget, position: 11 },
  ...over,
});

describe('the answer of a step', () => {
  it.each([
    ['succeeded', 200],
    ['failed', 200],
    ['unknown', 200],
    ['cancelled', 200],
    ['held', 202],
    ['started', 202],
  ] as const)('%s is %i with the outcome', (state, status) => {
    const step = outcome({ state });
    expect(toHttp(answerOfStep(step), '/p')).toEqual({ status, body: step, headers: { 'causeway-position': '11' } });
  });

  it('denied is the problem of its rejection, with what the step knows beside what the rejection knows', () => {
    const rejection = {
      code: 'BUDGET_STEPS_EXHAUSTED' as const,
      detail: 'none left',
      facts: { limit: 5, position: 3 },
    };
    expect(toHttp(answerOfStep(outcome({ state: 'denied', rejection })), '/p')).toMatchObject({
      status: 403,
      headers: { 'content-type': 'application/problem+json', 'causeway-position': '11' },
      body: {
        code: 'BUDGET_STEPS_EXHAUSTED',
        instance: '/p',
        facts: { limit: 5, stepId: 'one', position: 11, budget },
      },
    });
  });

  it('denied without a reason is denied all the same', () => {
    expect(toHttp(answerOfStep(outcome({ state: 'denied' })), '/p').status).toBe(403);
  });
});
