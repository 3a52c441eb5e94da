import type { BudgetLimits, FieldError, ReplyEnvelope } from '@causeway/contracts';
import { ok, rejected } from '@causeway/messaging';

/** What a policy pack allows a run, and gives one that asks for nothing. */
export type PackLimits = {
  readonly maxSteps: number;
  readonly defaultSteps: number;
  readonly maxWallClockMs: number;
  readonly defaultWallClockMs: number;
};

/** The limits of a new run: what was asked for, completed by the pack's defaults, refused above its maxima. */
export function resolveBudget(asked: Partial<BudgetLimits>, limits: PackLimits): ReplyEnvelope<BudgetLimits> {
  const steps = asked.steps ?? limits.defaultSteps;
  const wallClockMs = asked.wallClockMs ?? limits.defaultWallClockMs;
  const errors: FieldError[] = [];
  if (steps > limits.maxSteps) errors.push({ path: 'budget.steps', message: `at most ${limits.maxSteps}` });
  if (wallClockMs > limits.maxWallClockMs)
    errors.push({ path: 'budget.wallClockMs', message: `at most ${limits.maxWallClockMs}` });
  if (errors.length > 0)
    return rejected('BUDGET_ABOVE_LIMIT', 'the budget is above what the policy pack allows: see errors', { errors });
  return ok({ steps, wallClockMs });
}
