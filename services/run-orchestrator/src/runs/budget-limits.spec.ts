import { resolveBudget } from './budget-limits.ts';

const limits = { maxSteps: 10, defaultSteps: 5, maxWallClockMs: 60_000, defaultWallClockMs: 30_000 };

describe('the budget of a new run', () => {
  it('is what was asked for, completed by what the pack gives', () => {
    expect(resolveBudget({}, limits)).toEqual({ ok: true, value: { steps: 5, wallClockMs: 30_000 } });
    expect(resolveBudget({ steps: 10, wallClockMs: 60_000 }, limits)).toEqual({
      ok: true,
      value: { steps: 10, wallClockMs: 60_000 },
    });
  });

  it('is refused above the limits of the pack, naming every field', () => {
    expect(resolveBudget({ steps: 11, wallClockMs: 60_001 }, limits)).toMatchObject({
      ok: false,
      rejection: { code: 'BUDGET_ABOVE_LIMIT', errors: [{ path: 'budget.steps' }, { path: 'budget.wallClockMs' }] },
    });
  });
});
