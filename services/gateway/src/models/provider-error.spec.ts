import type { Problem, Rejection } from '@causeway/contracts';
import { problemAnswer } from '../http/answer.ts';
import { providerError, toldToClients } from './provider-error.ts';

const denied: Rejection = {
  code: 'POLICY_DENIED',
  detail: 'no rule permits it',
  rule: 'r1',
  allowed: ['m-1 (openai)'],
};
const RUN = '/v1/runs/run_1';
const told = (rejection: Rejection, path: string) => toldToClients(problemAnswer(rejection, path), path);

describe('a refusal on a route of models', () => {
  it.each([['/v1/model/openai/chat/completions'], [`${RUN}/model/openai/chat/completions`]])(
    'is told as OpenAI does, besides the problem: %s',
    (path) => {
      const { body, headers, status } = told(denied, path);
      expect([status, headers['content-type']]).toEqual([403, 'application/problem+json']);
      expect(body).toMatchObject({ code: 'POLICY_DENIED', status: 403, allowed: ['m-1 (openai)'] });
      expect((body as Problem).error).toEqual({
        ...{ message: 'no rule permits it', type: 'permission_error', param: null, code: 'POLICY_DENIED' },
        ...{ rule: 'r1', allowed: ['m-1 (openai)'] },
      });
    },
  );

  it.each([
    ['/v1/model/anthropic/messages'],
    ['/v1/model/anthropic/v1/messages'],
    [`${RUN}/model/anthropic/v1/messages`],
  ])('is told as Anthropic does, besides the problem: %s', (path) => {
    expect((told(denied, path).body as Problem).error).toEqual({
      ...{ type: 'permission_error', message: 'no rule permits it' },
      details: { error_code: 'POLICY_DENIED', rule: 'r1', allowed: ['m-1 (openai)'] },
    });
  });

  it.each([
    ['REQUEST_INVALID', 'invalid_request_error', 'invalid_request_error'],
    ['CREDENTIAL_INVALID', 'authentication_error', 'authentication_error'],
    ['RUN_NOT_FOUND', 'not_found_error', 'not_found_error'],
    ['RUN_PAUSED', 'invalid_request_error', 'invalid_request_error'],
    ['UPSTREAM_TIMEOUT', 'server_error', 'api_error'],
  ] as const)('%s is of the kind %s, or %s', (code, openai, anthropic) => {
    const { status } = problemAnswer({ code, detail: 'x' }, '/');
    expect(providerError('openai', { code, detail: 'x' }, status)).toMatchObject({ type: openai });
    expect(providerError('anthropic', { code, detail: 'x' }, status)).toMatchObject({ type: anthropic });
  });

  it.each<[Rejection['code'], Rejection['facts'], string]>([
    ['RUN_PAUSED', undefined, 'false'],
    ['UPSTREAM_TIMEOUT', undefined, 'false'],
    ['STEP_OUTCOME_UNKNOWN', undefined, 'false'],
    ['SERVICE_UNAVAILABLE', undefined, 'false'],
    ['SERVICE_UNAVAILABLE', { reachedNobody: true }, 'true'],
    ['CAPABILITY_UNAVAILABLE', undefined, 'true'],
  ])('%s %j is sent again by clients: %s', (code, facts, again) => {
    const answer = told({ code, detail: 'x', ...(facts ? { facts } : {}) }, '/v1/model/openai/chat/completions');
    expect(answer.headers['x-should-retry']).toBe(again);
  });

  it('leaves every other answer as it is', () => {
    const elsewhere = problemAnswer(denied, '/v1/runs');
    expect(toldToClients(elsewhere, '/v1/runs')).toBe(elsewhere);
    const fine = { status: 429, headers: { 'content-type': 'application/json' }, body: { error: { message: 'slow' } } };
    expect(toldToClients(fine, '/v1/model/openai/chat/completions')).toBe(fine);
  });
});
