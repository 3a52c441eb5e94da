import { continuity } from './continuity.ts';

const event = (position: number, previousChain: string, chain: string) => ({ position, previousChain, chain });

function watch() {
  const told: string[] = [];
  return { told, check: continuity((message) => told.push(message)) };
}

describe('continuity', () => {
  it('is content with events that follow one another', () => {
    const { told, check } = watch();
    expect([event(4, 'a', 'b'), event(5, 'b', 'c')].map(check.next)).toEqual([true, true]);
    expect(told).toEqual([]);
    expect(check.broken()).toBe(false);
  });

  it('passes over what it has seen', () => {
    const { check } = watch();
    check.next(event(4, 'a', 'b'));
    expect(check.next(event(4, 'a', 'b'))).toBe(false);
    expect(check.broken()).toBe(false);
  });

  it('tells of a gap and names the positions', () => {
    const { told, check } = watch();
    check.next(event(4, 'a', 'b'));
    check.next(event(7, 'd', 'e'));
    expect(told).toEqual(['!! positions 5 to 6 did not come']);
    expect(check.broken()).toBe(true);
  });

  it('tells of an event that names another chain value than the one before it has', () => {
    const { told, check } = watch();
    check.next(event(4, 'a', 'b'));
    check.next(event(5, 'x', 'c'));
    expect(told).toEqual(['!! position 5 does not follow from the event before it']);
  });

  it('tells once of a log that ends before what was seen', () => {
    const { told, check } = watch();
    check.shorter(0);
    check.next(event(4, 'a', 'b'));
    check.shorter(5);
    expect(check.broken()).toBe(false);
    check.shorter(2);
    check.shorter(2);
    expect(told).toEqual([
      '!! the log ends before position 2, and went up to 4 before: it was cut or restored from a copy',
    ]);
    expect(check.broken()).toBe(true);
  });
});
