import type { PatientClient } from '../patient-client.ts';
import { outcomeIn, takeStep } from './steps.ts';

type Asked = [method: string, path: string];

/** A gateway that gives these answers, one after the other, and keeps what it was asked. */
function gateway(...answers: Awaited<ReturnType<PatientClient>>[]): { ask: PatientClient; asked: Asked[] } {
  const asked: Asked[] = [];
  const ask: PatientClient = async (method, path) => {
    asked.push([method, path]);
    return answers[asked.length - 1] ?? { status: 500, body: 'asked too often' };
  };
  return { ask, asked };
}

const step = { stepId: 'publish', capability: 'network.http-fetch', input: {} };

describe('a step', () => {
  it('that is held is asked for until it has an outcome', async () => {
    const held = { status: 202, body: { state: 'held', approvalId: 'apr_1' } };
    const { ask, asked } = gateway(
      held,
      { ...held, status: 200 },
      { status: 200, body: { state: 'succeeded', result: { value: 1 } } },
    );
    const told: string[] = [];
    const outcome = await takeStep(ask, 'run_1', step, (approvalId) => told.push(approvalId));
    expect(outcome).toEqual({ state: 'succeeded', result: { value: 1 } });
    expect(told).toEqual(['apr_1']);
    expect(asked).toEqual([
      ['POST', '/v1/runs/run_1/steps'],
      ['GET', '/v1/runs/run_1/steps/publish?waitMs=15000'],
      ['GET', '/v1/runs/run_1/steps/publish?waitMs=15000'],
    ]);
  });

  it('that is refused ends with the reason and the rule', async () => {
    const body = { title: 'Policy denies this', code: 'POLICY_DENIED', detail: 'not there', rule: 'some-rule' };
    const outcome = await takeStep(gateway({ status: 403, body }).ask, 'run_1', step);
    expect(outcome).toMatchObject({ state: 'denied', rejection: { code: 'POLICY_DENIED', rule: 'some-rule' } });
  });
});

describe('an answer', () => {
  it('without a document, or with one that gives no reason, is a fault', () => {
    expect(() => outcomeIn({ status: 200, body: 'hello' })).toThrow('without a document');
    expect(() => outcomeIn({ status: 500, body: { title: 'A fault' } })).toThrow('500: A fault');
  });
});
