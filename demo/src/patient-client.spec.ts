import { whyAgain } from './patient-client.ts';

describe('a request', () => {
  it('is sent again when nobody answered', () => {
    expect(whyAgain(Object.assign(new Error('connect failed'), { code: 'ECONNREFUSED' }))).toBe('ECONNREFUSED');
    expect(whyAgain(new Error('no answer within 5 ms'))).toBe('no answer within 5 ms');
  });

  it('is sent again when the problem says that it may succeed later', () => {
    expect(whyAgain({ status: 503, body: { code: 'SERVICE_UNAVAILABLE', retryable: true } })).toBe(
      'SERVICE_UNAVAILABLE',
    );
    expect(whyAgain({ status: 409, body: { code: 'RUN_PAUSED', retryable: true } })).toBe('RUN_PAUSED');
  });

  it('is not sent again when it was answered or refused for good', () => {
    expect(whyAgain({ status: 202, body: { retryable: true } })).toBeUndefined();
    expect(whyAgain({ status: 403, body: { code: 'POLICY_DENIED', retryable: false } })).toBeUndefined();
    expect(whyAgain({ status: 502, body: 'Bad Gateway' })).toBeUndefined();
  });
});
