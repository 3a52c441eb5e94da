import { z } from 'zod';
import { ExtensionId, PoolId, PrincipalId, RunId } from '../../ids.ts';
import { Amounts, ChargedMeter } from '../budget.ts';
import { PoolLevel, PoolPeriod } from '../pool.ts';
import { At, reason } from './common.ts';
import { BudgetWarning } from './budget.ts';

const holder = z.union([RunId, PoolId]);
const draw = z.int().min(1);

/** Events of a pool: a budget that runs, or pools below it, share. */
export const poolEvents = {
  /**
   * `owner` is the session, agent or team; `team` that in which an agent has this pool; `period` the day or month (UTC) that the pool is for;
   * `limits` are its own.
   */
  'pool.opened': {
    data: z.strictObject({
      poolId: PoolId,
      level: PoolLevel,
      owner: PrincipalId,
      team: PrincipalId.optional(),
      period: PoolPeriod.optional(),
      limits: Amounts,
      at: At,
    }),
  },
  /** The policy pack has other limits now. */
  'pool.limited': { data: z.strictObject({ limits: Amounts, at: At }) },
  'pool.drawn': { data: z.strictObject({ holder, draw, amounts: Amounts, at: At }) },
  /** `isLast`: the holder is over and will draw no more. */
  'pool.returned': { data: z.strictObject({ holder, amounts: Amounts, isLast: z.boolean(), at: At }) },
  /** What this pool got of the one above it, sealed together with that pool's own event. */
  'pool.allotted': { data: z.strictObject({ pool: PoolId, draw, amounts: Amounts, at: At }) },
  /** What this pool gave back to the one above it. */
  'pool.surrendered': { data: z.strictObject({ pool: PoolId, amounts: Amounts, at: At }) },
  'pool.extended': {
    erasable: reason,
    data: z.strictObject({
      meter: ChargedMeter,
      delta: z.int().min(1),
      by: PrincipalId,
      extensionId: ExtensionId,
      reason: z.string(),
      at: At,
    }),
  },
  'pool.warned': {
    data: z.strictObject({
      meter: ChargedMeter,
      warning: BudgetWarning,
      limit: z.int().min(0),
      used: z.int().min(0),
      at: At,
    }),
  },
} as const;
