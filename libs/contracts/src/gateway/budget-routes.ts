import { z } from 'zod';
import { PoolId, RunId } from '../ids.ts';
import {
  extendBudget as extendRun,
  extendPool as extendShared,
  listPools as list,
} from '../run-orchestrator/budget-commands.ts';
import { ChargedMeter, Meter } from '../run-orchestrator/budget.ts';
import { PoolLevel, PoolView } from '../run-orchestrator/pool.ts';
import { RunView } from '../run-orchestrator/run-view.ts';
import { OPERATORS, READERS } from './roles.ts';
import { defineRoute, queryAfter, queryLimit, queryMinPosition, Reason } from './route.ts';

const tag = 'budgets';
const delta = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
const idempotencyKey = 'The same key names the same extension: it counts once.';

export const budgetRoutes = {
  extendBudget: defineRoute({
    operationId: 'extendBudget',
    tag,
    method: 'POST',
    path: '/v1/runs/{runId}/budget',
    summary: 'Raise a limit of a run',
    description: 'Adds `delta` to the limit of one meter. Never for an agent.',
    roles: OPERATORS,
    params: z.strictObject({ runId: RunId }),
    body: z.strictObject({ meter: Meter, delta, reason: Reason }),
    idempotencyKey,
    responses: { 200: { description: 'The run', schema: RunView } },
    problems: extendRun.rejections,
  }),
  extendPool: defineRoute({
    operationId: 'extendPool',
    tag,
    method: 'POST',
    path: '/v1/pools/{poolId}/budget',
    summary: 'Raise a limit of a pool',
    description: 'Adds `delta` to the limit of one meter that all runs of a session, an agent or a team share.',
    roles: OPERATORS,
    params: z.strictObject({ poolId: PoolId }),
    body: z.strictObject({ meter: ChargedMeter, delta, reason: Reason }),
    idempotencyKey,
    responses: { 200: { description: 'The pool', schema: PoolView } },
    problems: extendShared.rejections,
  }),
  listPools: defineRoute({
    operationId: 'listPools',
    tag,
    method: 'GET',
    path: '/v1/pools',
    summary: 'List the pools of budgets, newest first',
    roles: READERS,
    query: z.strictObject({
      level: PoolLevel.optional(),
      limit: queryLimit(200, 50),
      after: queryAfter,
      minPosition: queryMinPosition,
    }),
    responses: { 200: { description: 'A page of pools', schema: list.reply } },
    problems: list.rejections,
  }),
} as const;
