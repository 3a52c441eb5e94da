import { DependencyError, rejectionOf } from './reply.ts';

const withCode = (code: string) => Object.assign(new Error('what happened'), { code });

describe('something thrown', () => {
  it('by an adapter of ours is the rejection that it names', () => {
    expect(rejectionOf(new DependencyError('LEDGER_UNAVAILABLE', 'no answer'))).toEqual({
      code: 'LEDGER_UNAVAILABLE',
      detail: 'no answer',
    });
    expect(rejectionOf(withCode('PROJECTION_BEHIND'))).toMatchObject({ code: 'PROJECTION_BEHIND' });
  });

  it.each(['ECONNREFUSED', 'ECONNRESET', '57P01', '57P03', '08006', '53300'])(
    'with code %s is a server that is away',
    (code) => {
      expect(rejectionOf(withCode(code))).toMatchObject({
        code: 'SERVICE_UNAVAILABLE',
        detail: expect.stringContaining(code) as string,
      });
    },
  );

  it.each([
    new Error('no code'),
    new TypeError('x is undefined'),
    withCode('23505'),
    withCode('57014'),
    withCode('ENOENT'),
    withCode('toString'),
    withCode(''),
    'text',
    undefined,
  ])('is a bug when it is %p', (thrown) => expect(rejectionOf(thrown)).toBeUndefined());
});
