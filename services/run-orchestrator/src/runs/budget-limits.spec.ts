import { METERS } from '@causeway/contracts';
import { meterRules } from '@causeway/policy';
import { resolveBudget } from './budget-limits.ts';

const limits = { maxSteps: 10, defaultSteps: 5, maxWallClockMs: 60_000, defaultWallClockMs: 30_000 };
const rules = meterRules({ limits, budget: { outputTokens: { max: 100, default: 50, onLimit: 'ask' } } });

describe('the budget of a new run', () => {
  it('is what was asked for, completed by what the pack gives', () => {
    const given = { steps: 5, wallClockMs: 30_000, outputTokens: 50 };
    expect(resolveBudget({}, rules)).toMatchObject({ ok: true, value: { limits: given } });
    const asked = { steps: 10, wallClockMs: 60_000, outputTokens: 0 };
    expect(resolveBudget(asked, rules)).toMatchObject({ ok: true, value: { limits: asked } });
  });

  it('limits every meter, whatever the pack leaves out', () => {
    const budget = resolveBudget({}, meterRules({ budget: {} }));
    expect(budget.ok && Object.keys(budget.value.limits).toSorted()).toEqual([...METERS].toSorted());
  });

  it('says what happens at each limit that does not simply stop', () => {
    expect(resolveBudget({}, rules)).toMatchObject({ ok: true, value: { onLimit: { outputTokens: 'ask' } } });
  });

  it('is refused above the limits of the pack, naming every field', () => {
    expect(
      resolveBudget({ steps: 11, wallClockMs: 60_001, outputTokens: 101, retriesPerStep: 11 }, rules),
    ).toMatchObject({
      ok: false,
      rejection: {
        code: 'BUDGET_ABOVE_LIMIT',
        errors: [
          { path: 'budget.steps' },
          { path: 'budget.wallClockMs' },
          { path: 'budget.outputTokens' },
          { path: 'budget.retriesPerStep' },
        ],
      },
    });
  });
});
