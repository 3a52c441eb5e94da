import { z } from 'zod';
import { ApprovalId, ExtensionId, PoolId, PrincipalId } from '../../ids.ts';
import { Amounts, Meter } from '../budget.ts';
import { At, reason, step } from './common.ts';

const amount = z.int().min(0);
const { steps: _, bytesIn: __, bytesOut: ___, ...others } = Amounts.shape;

/** How a meter came to be worth a warning: half used, four fifths used, past a limit that only warns, or more used than was reserved. */
export const BUDGET_WARNINGS = ['half', 'most', 'limit', 'overshoot'] as const;
export const BudgetWarning = z.enum(BUDGET_WARNINGS);
export type BudgetWarning = z.infer<typeof BudgetWarning>;

/** Events of what a run may use and has used. */
export const budgetEvents = {
  'budget.reserved': {
    data: z.strictObject({
      ...step,
      steps: z.int().min(1),
      ...others,
      bytesIn: amount.optional(),
      bytesOut: amount.optional(),
    }),
  },
  /** What was used, and the whole reservation that ends with it; `released` left out: as many steps as were used. */
  'budget.settled': {
    data: z.strictObject({
      ...step,
      steps: amount,
      bytesIn: amount,
      bytesOut: amount,
      ...others,
      /** How often the step was repeated. */
      retriesPerStep: amount.optional(),
      released: Amounts.optional(),
    }),
  },
  /** Once per meter and warning. `limit` is the limit with its extensions, of an overshoot what was reserved. */
  'budget.warned': {
    data: z.strictObject({ meter: Meter, warning: BudgetWarning, limit: amount, used: amount, at: At }),
  },
  /** A person raised a limit: by an approval, or by a command that names its extension. */
  'budget.extended': {
    erasable: reason,
    data: z.strictObject({
      meter: Meter,
      delta: z.int().min(1),
      by: PrincipalId,
      approvalId: ApprovalId.optional(),
      extensionId: ExtensionId.optional(),
      reason: z.string(),
      at: At,
    }),
  },
  /** What the run got of a pool, sealed together with the pool's own event; draws of one holder are numbered from 1. */
  'budget.allotted': {
    data: z.strictObject({ pool: PoolId, draw: z.int().min(1), amounts: Amounts, at: At }),
  },
  /** What the run gave back to a pool; `isLast`: the run is over and will draw no more. */
  'budget.returned': {
    data: z.strictObject({ pool: PoolId, amounts: Amounts, isLast: z.boolean(), at: At }),
  },
} as const;
