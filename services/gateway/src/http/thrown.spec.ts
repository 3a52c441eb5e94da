import { DependencyError } from '@causeway/messaging';
import { RefusedError } from './refused.ts';
import { answerThrown } from './thrown.ts';

const answer = (error: unknown, url = '/v1/runs?x=secret', method = 'GET') => {
  const faults: unknown[] = [];
  return { ...answerThrown(error, { method, url }, (fault) => faults.push(fault)), faults };
};
const withStatus = (statusCode: number, message: string) => Object.assign(new Error(message), { statusCode });

describe('what is thrown', () => {
  it.each([
    [new RefusedError('ROLE_REQUIRED', 'no'), 403, 'ROLE_REQUIRED'],
    [new DependencyError('LEDGER_UNAVAILABLE', 'no'), 503, 'LEDGER_UNAVAILABLE'],
    [withStatus(413, 'too large'), 413, 'REQUEST_TOO_LARGE'],
    [withStatus(415, 'no'), 415, 'MEDIA_TYPE_UNSUPPORTED'],
    [withStatus(400, 'Body is not valid'), 400, 'REQUEST_INVALID'],
    [withStatus(431, 'Headers too large'), 400, 'REQUEST_INVALID'],
    [Object.assign(new Error('parse'), { code: 'HPE_INVALID_METHOD' }), 400, 'REQUEST_INVALID'],
  ])('answers %p with %i %s and calls it no fault', (error, status, code) => {
    expect(answer(error)).toMatchObject({ status, body: { code, status }, faults: [] });
  });

  it.each([
    [new Error('database password is x')],
    ['text'],
    [undefined],
    [null],
    [{ code: 'UNHEARD_OF' }],
    [withStatus(500, 'x')],
  ])('answers %p as a fault of ours, without its words', (error) => {
    const { status, body, faults } = answer(error);
    expect({ status, body, faults }).toMatchObject({ status: 500, body: { code: 'INTERNAL' }, faults: [error] });
    expect(JSON.stringify(body)).not.toContain('password');
  });

  it('names the path and never the query', () => {
    const { body } = answer(withStatus(404, 'Cannot GET /v1/runs?x=secret'), '/v1/nope?x=secret');
    expect(body).toMatchObject({ code: 'ROUTE_NOT_FOUND', instance: '/v1/nope' });
    expect(JSON.stringify(body)).not.toContain('secret');
  });

  it('tells an address that takes other methods from one that is not there', () => {
    const { status, headers, body } = answer(withStatus(404, ''), '/v1/runs/run_1/steps', 'DELETE');
    expect({ status, headers, body }).toMatchObject({
      status: 405,
      headers: { allow: 'POST, GET' },
      body: { code: 'METHOD_NOT_ALLOWED', allowed: ['POST /v1/runs/run_1/steps', 'GET /v1/runs/run_1/steps'] },
    });
  });

  it('challenges who has no good credential', () => {
    expect(answer(new RefusedError('CREDENTIAL_MISSING', 'no')).headers['www-authenticate']).toBe(
      'Bearer realm="causeway"',
    );
    expect(answer(new RefusedError('CREDENTIAL_INVALID', 'no')).headers['www-authenticate']).toContain('invalid_token');
  });
});
