import { CHARGED_METERS, METERS, OnLimit, type Meter, type OnLimit as Mode } from '@causeway/contracts';
import { z } from 'zod';

const HOUR_MS = 3_600_000;

/** What one run may be started with at most, and what it gets when it asks for nothing. */
type Range = { readonly max: number; readonly default: number };
export type MeterRule = Range & { readonly onLimit: Mode };

/** Bounds of what a pack may say of a meter. */
const BOUNDS: { readonly [M in Meter]?: readonly [number, number] } = {
  steps: [1, 1_000_000],
  wallClockMs: [1_000, 720 * HOUR_MS],
  retriesPerStep: [0, 100],
};

/** What holds where a pack says nothing: room for honest work, and an end to what runs away. */
const BUILT_IN: Readonly<Record<Meter, Range>> = {
  steps: { max: 1_000, default: 50 },
  wallClockMs: { max: 24 * HOUR_MS, default: HOUR_MS },
  inputTokens: { max: 1_000_000_000, default: 10_000_000 },
  outputTokens: { max: 100_000_000, default: 1_000_000 },
  costMicros: { max: 1_000_000_000, default: 100_000_000 },
  bytesOut: { max: 2 ** 36, default: 2 ** 30 },
  bytesIn: { max: 2 ** 36, default: 2 ** 30 },
  retriesPerStep: { max: 10, default: 2 },
  storedBytes: { max: 2 ** 36, default: 2 ** 30 },
};

const amountOf = (meter: Meter) => {
  const [min, max] = BOUNDS[meter] ?? [0, Number.MAX_SAFE_INTEGER];
  return z.int().min(min).max(max);
};

function ruleOf(meter: Meter) {
  const amount = amountOf(meter);
  return z
    .strictObject({ max: amount.optional(), default: amount.optional(), onLimit: OnLimit.default('stop') })
    .refine(({ max, default: given }) => max === undefined || given === undefined || given <= max, {
      path: ['default'],
      message: 'must not be above max',
    })
    .optional();
}

/** `limits:` of a pack: steps and time, as packs said it before the other meters were there. */
export const Limits = z
  .strictObject({
    maxSteps: amountOf('steps'),
    defaultSteps: amountOf('steps'),
    maxWallClockMs: amountOf('wallClockMs'),
    defaultWallClockMs: amountOf('wallClockMs'),
  })
  .refine((limits) => limits.defaultSteps <= limits.maxSteps, {
    path: ['defaultSteps'],
    message: 'must not be above maxSteps',
  })
  .refine((limits) => limits.defaultWallClockMs <= limits.maxWallClockMs, {
    path: ['defaultWallClockMs'],
    message: 'must not be above maxWallClockMs',
  })
  .optional();

const shapeOf = <Keys extends string, Schema extends z.ZodType>(keys: readonly Keys[], schema: (key: Keys) => Schema) =>
  Object.fromEntries(keys.map((key) => [key, schema(key)])) as { [Key in Keys]: Schema };

/** `budget:` of a pack, meter by meter. */
export const BudgetSettings = z.strictObject(shapeOf(METERS, ruleOf)).default({});

const poolLimits = shapeOf(CHARGED_METERS, () => z.int().min(0).optional());
/** `per`: each day or month (UTC) has a pool of its own; left out, one pool for good. */
const PoolLimits = z.strictObject({ ...poolLimits, per: z.enum(['day', 'month']).optional() }).optional();

/** `pools:` of a pack: what all runs of a session, an agent or a team may use together. A level that is left out has no limit. */
export const PoolSettings = z.strictObject({ session: PoolLimits, agent: PoolLimits, team: PoolLimits }).default({});

type Settings = {
  readonly limits?: z.infer<typeof Limits>;
  readonly budget: z.infer<typeof BudgetSettings>;
};

/** What a pack says of each meter: `budget:`, else `limits:`, else what is built in. A default is never above its maximum. */
export function meterRules({ limits, budget }: Settings): Readonly<Record<Meter, MeterRule>> {
  const older: { readonly [M in Meter]?: Range } = limits
    ? {
        steps: { max: limits.maxSteps, default: limits.defaultSteps },
        wallClockMs: { max: limits.maxWallClockMs, default: limits.defaultWallClockMs },
      }
    : {};
  const rules = METERS.map((meter): [Meter, MeterRule] => {
    const base = older[meter] ?? BUILT_IN[meter];
    const { max, default: given, onLimit = 'stop' } = budget[meter] ?? {};
    const most = max ?? Math.max(base.max, given ?? 0);
    return [meter, { max: most, default: given ?? Math.min(base.default, most), onLimit }];
  });
  return Object.fromEntries(rules) as Record<Meter, MeterRule>;
}
