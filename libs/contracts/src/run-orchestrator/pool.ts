import { z } from 'zod';
import { PoolId, PrincipalId } from '../ids.ts';
import { Amounts } from './budget.ts';

/** Budgets nest: a run's lies within its session's, that within its agent's, that within its team's. */
export const POOL_LEVELS = ['session', 'agent', 'team'] as const;
export const PoolLevel = z.enum(POOL_LEVELS);
export type PoolLevel = z.infer<typeof PoolLevel>;

/** A day or a month in UTC. */
export const PoolPeriod = z
  .string()
  .regex(/^\d{4}-\d{2}(?:-\d{2})?$/, 'must be a day like 2026-01-31 or a month like 2026-01');

/** A pool: what it may give in all is `limits` and `extended` together; `given` is what its holders have and what they used. */
export const PoolView = z.strictObject({
  poolId: PoolId,
  level: PoolLevel,
  owner: PrincipalId,
  /** The team in which an agent has this pool: in each of its teams it has one. */
  team: PrincipalId.optional(),
  period: PoolPeriod.optional(),
  limits: Amounts,
  extended: Amounts,
  given: Amounts,
  openedAt: z.string(),
  position: z.int().min(0),
});
export type PoolView = z.infer<typeof PoolView>;
