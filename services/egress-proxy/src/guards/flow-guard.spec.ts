import { flowMeter, flowStop } from './flow-guard.ts';

const limits = { minBytesPerSecond: 100, graceMs: 1_000 };

describe('a flow', () => {
  it('may be slow for a moment', () => {
    expect(flowStop({ bytes: 0, ms: 1_000 }, limits)).toBeUndefined();
  });
  it('ends when it stays below what policy says', () => {
    expect(flowStop({ bytes: 199, ms: 2_000 }, limits)).toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
    expect(flowStop({ bytes: 200, ms: 2_000 }, limits)).toBeUndefined();
  });
});

describe('the meter', () => {
  const wire = (bytesRead: number, bytesWritten = 0, writableLength = 0) => ({
    bytesRead,
    bytesWritten,
    writableLength,
  });
  it('adds up both directions while something is on its way', () => {
    const meter = flowMeter();
    meter.measure(wire(0, 100, 100), false, 0);
    expect(meter.measure(wire(0, 100, 60), false, 100)).toEqual({ bytes: 40, ms: 100 });
    expect(meter.measure(wire(5, 100, 60), true, 300)).toEqual({ bytes: 45, ms: 300 });
  });
  it('does not count the time in which the destination thinks', () => {
    const meter = flowMeter();
    meter.measure(wire(0, 100), false, 0);
    expect(meter.measure(wire(0, 100), false, 60_000)).toEqual({ bytes: 0, ms: 0 });
    expect(meter.measure(wire(10, 100), true, 60_100)).toEqual({ bytes: 10, ms: 100 });
  });
});
