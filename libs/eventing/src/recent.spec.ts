import { recent } from './recent.ts';

describe('a memory of what was used last', () => {
  it('forgets what was used longest ago', () => {
    const cache = recent<string, number>(2);
    cache.set('a', 1);
    cache.set('b', 2);
    cache.get('a');
    cache.set('c', 3);
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3]);
  });

  it('holds the last so many, whatever came before, and not much more', () => {
    const cache = recent<number, number>(100);
    for (let key = 0; key < 1_050; key++) cache.set(key, key);
    expect([0, 500, 849].map((key) => cache.get(key))).toEqual([undefined, undefined, undefined]);
    const last = Array.from({ length: 100 }, (_, index) => 950 + index);
    expect(last.map((key) => cache.get(key))).toEqual(last);
  });

  it('remembers the last value of a key, also when an older one has aged', () => {
    const cache = recent<string, number>(2);
    cache.set('a', 1);
    cache.set('b', 1);
    cache.set('a', 2);
    expect(cache.get('a')).toBe(2);
  });

  it('holds nothing once cleared', () => {
    const cache = recent<string, number>(2);
    cache.set('a', 1);
    cache.set('b', 1);
    cache.clear();
    expect([cache.get('a'), cache.get('b')]).toEqual([undefined, undefined]);
  });
});
