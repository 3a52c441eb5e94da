import { READ_AHEAD_BYTES } from '@causeway/contracts';
import { wireAllowance, wireStop } from './wire-guard.ts';

describe('what may come over the wire', () => {
  it('is refused once it is more than that', () => {
    expect(wireStop(1_000, 1_000)).toBeUndefined();
    expect(wireStop(1_001, 1_000)).toMatchObject({ code: 'RESPONSE_TOO_LARGE' });
  });

  it('leaves room for what is read before anybody looks, and for what came before', () => {
    expect(wireAllowance(1_000_000, 300_000)).toBe(700_000 - READ_AHEAD_BYTES);
    expect(wireAllowance(1_000, 0)).toBe(0);
    expect(wireAllowance(undefined, 5)).toBeUndefined();
  });
});
