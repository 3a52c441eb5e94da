import { unreadable } from './ledger-client.ts';

describe('what cannot be read of the ledger', () => {
  it('is told as archived when it is: asking again does not help', () => {
    const error = unreadable('stream a', { code: 'RANGE_ARCHIVED', detail: 'put it back' });
    expect([error.code, error.message]).toEqual(['RANGE_ARCHIVED', 'stream a could not be read: put it back']);
  });

  it('may pass otherwise', () => {
    expect(unreadable('the log', { code: 'SERVICE_UNAVAILABLE', detail: 'no answer' }).code).toBe('LEDGER_UNAVAILABLE');
  });
});
