import {
  METERS,
  type BudgetLimits,
  type FieldError,
  type Meter,
  type OnLimit,
  type ReplyEnvelope,
} from '@causeway/contracts';
import { ok, rejected } from '@causeway/messaging';
import type { MeterRule } from '@causeway/policy';

export type MeterRules = Readonly<Record<Meter, MeterRule>>;
export type NewBudget = { readonly limits: BudgetLimits; readonly onLimit: { readonly [M in Meter]?: OnLimit } };

/** The budget of a new run: what was asked for, completed by the pack's defaults, refused above its maxima, with what happens at each limit. */
export function resolveBudget(asked: Partial<BudgetLimits>, rules: MeterRules): ReplyEnvelope<NewBudget> {
  const errors: FieldError[] = METERS.flatMap((meter) =>
    (asked[meter] ?? 0) > rules[meter].max ? [{ path: `budget.${meter}`, message: `at most ${rules[meter].max}` }] : [],
  );
  if (errors.length > 0)
    return rejected('BUDGET_ABOVE_LIMIT', 'the budget is above what the policy pack allows: see errors', { errors });
  const others = METERS.map((meter) => [meter, asked[meter] ?? rules[meter].default]);
  const { steps, wallClockMs } = { ...defaultsOf(rules), ...definedIn(asked) };
  const onLimit = Object.fromEntries(
    METERS.flatMap((meter) => (rules[meter].onLimit === 'stop' ? [] : [[meter, rules[meter].onLimit]])),
  );
  return ok({ limits: { ...Object.fromEntries(others), steps, wallClockMs }, onLimit });
}

const defaultsOf = ({ steps, wallClockMs }: MeterRules) => ({ steps: steps.default, wallClockMs: wallClockMs.default });

function definedIn({
  steps,
  wallClockMs,
}: Partial<BudgetLimits>): Partial<Pick<BudgetLimits, 'steps' | 'wallClockMs'>> {
  return { ...(steps === undefined ? {} : { steps }), ...(wallClockMs === undefined ? {} : { wallClockMs }) };
}
