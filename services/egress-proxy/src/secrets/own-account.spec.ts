import { OWN_CALL_BYTES } from '@causeway/contracts';
import { callOf, policyFor } from '../../test/calls.ts';
import { newTrace } from '../fetch/trace.ts';
import { lessOwnCalls, ownCallStop, payerOf, spentBy } from './own-account.ts';

const { bytesIn, bytesOut } = OWN_CALL_BYTES;
const nothing = { bytesIn: 0, bytesOut: 0 };
const grantWith = (reserved: object) => callOf(policyFor({}), { url: '' }, { reserved, byteAllowance: 1_000 }).grant;

describe('one more call of our own', () => {
  it('has to fit what is reserved and not used yet, in each direction', () => {
    expect(ownCallStop({ bytesIn, bytesOut }, nothing)).toBeUndefined();
    expect(ownCallStop(undefined, nothing)).toBeUndefined();
    for (const meter of ['bytesIn', 'bytesOut'] as const) {
      const code = 'SECRET_UNAVAILABLE';
      expect(ownCallStop({ bytesIn, bytesOut, [meter]: OWN_CALL_BYTES[meter] - 1 }, nothing)).toMatchObject({ code });
      expect(ownCallStop({ bytesIn, bytesOut }, { ...nothing, [meter]: 1 })).toMatchObject({ code });
    }
  });

  it('is added to what the call used, which leaves less for the next', () => {
    const trace = { ...newTrace('rule'), bytesIn: 10, bytesOut: 20 };
    const grant = grantWith({ bytesIn: 2 * bytesIn, bytesOut: 2 * bytesOut });
    const payer = payerOf({ grant, signal: new AbortController().signal }, trace);
    expect(payer.against()).toBeUndefined();
    payer.charge({ bytesIn: bytesIn - 10, bytesOut: 1 });
    expect(payer.against()).toBeUndefined();
    payer.charge({ bytesIn: 1, bytesOut: 1 });
    expect(payer.against()).toMatchObject({ code: 'SECRET_UNAVAILABLE' });
    expect(trace.ownCalls).toEqual({ calls: 2, bytesIn: bytesIn - 9, bytesOut: 2 });
    expect(spentBy(trace)).toEqual({ bytesIn: bytesIn + 1, bytesOut: 22 });
  });
});

describe('what may come in', () => {
  const leftOf = (reserved: object, used: number) =>
    lessOwnCalls(grantWith(reserved), { ownCalls: { calls: 1, bytesIn: used, bytesOut: 0 } }).byteAllowance;
  it('is less by what calls of our own took of what is reserved', () => {
    expect(leftOf({ bytesIn: 5_000 }, 4_000)).toBe(1_000);
    expect(leftOf({ bytesIn: 5_000 }, 4_600)).toBe(400);
    expect(leftOf({ bytesIn: 5_000 }, 6_000)).toBe(0);
    expect(leftOf({}, 6_000)).toBe(1_000);
    expect(lessOwnCalls(grantWith({ bytesIn: 5_000 }), {}).byteAllowance).toBe(1_000);
  });
});
