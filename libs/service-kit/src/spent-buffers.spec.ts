import { spentBuffers } from './spent-buffers.ts';

describe('buffers that are spent', () => {
  it('are collected once for every eight million bytes, whoever spent them', () => {
    let collected = 0;
    const spent = spentBuffers(() => collected++);
    const seen: number[] = [];
    for (const bytes of [7_999_999, 1, 65_536, 7_934_463, 1]) {
      spent.add(bytes);
      seen.push(collected);
    }
    expect(seen).toEqual([0, 1, 1, 1, 2]);
  });

  it('are left to V8 where nothing collects them', () => {
    expect(() => spentBuffers(undefined).add(1e9)).not.toThrow();
  });
});
