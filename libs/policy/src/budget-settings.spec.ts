import { METERS } from '@causeway/contracts';
import { BudgetSettings, Limits, meterRules, PoolSettings } from './budget-settings.ts';

const limits = { maxSteps: 10, defaultSteps: 5, maxWallClockMs: 60_000, defaultWallClockMs: 30_000 };

describe('what a pack says of a meter', () => {
  it('has a maximum and a default for every meter, whatever is left out, and stops at the limit', () => {
    const rules = meterRules({ budget: BudgetSettings.parse(undefined) });
    for (const meter of METERS) {
      expect(rules[meter].default).toBeLessThanOrEqual(rules[meter].max);
      expect(rules[meter].onLimit).toBe('stop');
    }
  });

  it('is what earlier packs said of steps and time, unless the newer section says otherwise', () => {
    const older = meterRules({ limits, budget: {} });
    expect([older.steps, older.wallClockMs]).toMatchObject([
      { max: 10, default: 5 },
      { max: 60_000, default: 30_000 },
    ]);
    const budget = BudgetSettings.parse({ steps: { max: 3, onLimit: 'ask' } });
    expect(meterRules({ limits, budget }).steps).toEqual({ max: 3, default: 3, onLimit: 'ask' });
  });

  it.each([
    { steps: { max: 1, default: 2 } },
    { steps: { max: 0 } },
    { retriesPerStep: { max: 101 } },
    { bytesIn: { onLimit: 'shrug' } },
    { seconds: { max: 1 } },
  ])('is refused when it is %o', (budget) => {
    expect(BudgetSettings.safeParse(budget).success).toBe(false);
  });

  it('is refused in the older section when a default is above its maximum', () => {
    expect(Limits.safeParse({ ...limits, defaultSteps: 11 }).success).toBe(false);
  });
});

describe('what a pack says of pools', () => {
  it('limits the meters that steps are charged on, for good, by day or by month', () => {
    const pools = { session: { steps: 1 }, agent: { costMicros: 5, per: 'day' }, team: { bytesIn: 7, per: 'month' } };
    expect(PoolSettings.parse(pools)).toEqual(pools);
    expect(PoolSettings.parse(undefined)).toEqual({});
  });

  it.each([{ session: { wallClockMs: 1 } }, { agent: { per: 'hour' } }, { city: { steps: 1 } }])(
    'is refused when it is %o',
    (pools) => {
      expect(PoolSettings.safeParse(pools).success).toBe(false);
    },
  );
});
