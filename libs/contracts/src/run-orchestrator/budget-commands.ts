import { z } from 'zod';
import { defineCommand, defineQuery } from '../define.ts';
import { ExtensionId, PoolId, RunId } from '../ids.ts';
import { ChargedMeter, Meter } from './budget.ts';
import { PoolLevel, PoolView } from './pool.ts';
import { RunView } from './run-view.ts';

const owner = 'run-orchestrator';
const extension = {
  /** The same extension again is the same extension: it counts once. */
  extensionId: ExtensionId,
  delta: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
  reason: z.string().min(1).max(1000),
} as const;

/** An operator raises a limit of a run. Never the run's own agent. */
export const extendBudget = defineCommand({
  owner,
  name: 'extend-budget',
  data: z.strictObject({ runId: RunId, meter: Meter, ...extension }),
  reply: RunView,
  rejections: ['RUN_NOT_FOUND', 'RUN_NOT_ACTIVE', 'RUN_PAUSED', 'BUDGET_EXTENSION_REFUSED', 'LEDGER_UNAVAILABLE'],
});

/** An operator raises a limit of a pool. */
export const extendPool = defineCommand({
  owner,
  name: 'extend-pool',
  data: z.strictObject({ poolId: PoolId, meter: ChargedMeter, ...extension }),
  reply: PoolView,
  rejections: ['POOL_NOT_FOUND', 'BUDGET_EXTENSION_REFUSED', 'LEDGER_UNAVAILABLE'],
});

/** The pools there are, newest first; `after` is the last pool id of the page before. */
export const listPools = defineQuery({
  owner,
  name: 'list-pools',
  data: z.strictObject({
    level: PoolLevel.optional(),
    limit: z.int().min(1).max(200).default(50),
    after: z.string().max(128).optional(),
    minPosition: z.int().min(0).optional(),
  }),
  reply: z.strictObject({ pools: z.array(PoolView), next: z.string().optional() }),
  rejections: ['PROJECTION_BEHIND', 'REQUEST_INVALID'],
});
