import { z } from 'zod';
import { step } from './common.ts';

/** Events of what a run may use and has used. */
export const budgetEvents = {
  'budget.reserved': { data: z.strictObject({ ...step, steps: z.int().min(1) }) },
  'budget.settled': {
    data: z.strictObject({ ...step, steps: z.int().min(0), bytesIn: z.int().min(0), bytesOut: z.int().min(0) }),
  },
} as const;
