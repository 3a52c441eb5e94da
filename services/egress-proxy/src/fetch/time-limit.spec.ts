import { timeLimitMs } from './time-limit.ts';

const egress = { ...{ maxRequestBytes: 1, maxResponseBytes: 1, maxRedirects: 0, timeoutMs: 1_000 }, forwardMs: 60_000 };
const limitOf = (rule: string, face: 'fetch' | 'forward', more = {}) =>
  timeLimitMs({ egress: { ...egress, ...more }, fetch: { quick: { timeoutMs: 300 } } } as never, rule, face);

describe('how long a request may last', () => {
  it('is what the pack says of any, and for a forwarded one of those, where that is longer', () => {
    expect([limitOf('any', 'fetch'), limitOf('any', 'forward')]).toEqual([1_000, 60_000]);
    expect(limitOf('any', 'forward', { forwardMs: undefined })).toBe(1_000);
    expect(limitOf('any', 'forward', { forwardMs: 500 })).toBe(1_000);
  });

  it('is what the rule says, by any way', () => {
    expect([limitOf('quick', 'fetch'), limitOf('quick', 'forward')]).toEqual([300, 300]);
  });
});
