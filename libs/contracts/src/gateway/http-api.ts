import { approvalRoutes } from './approval-routes.ts';
import { auditRoutes } from './audit-routes.ts';
import { budgetRoutes } from './budget-routes.ts';
import { goalRoutes } from './goal-routes.ts';
import { killRoutes } from './kill-routes.ts';
import { lifecycleRoutes } from './lifecycle-routes.ts';
import { modelRoutes } from './model-routes.ts';
import { policyRoutes } from './policy-routes.ts';
import { resourceRoutes } from './resource-routes.ts';
import type { RouteContract } from './route.ts';
import { runRoutes } from './run-routes.ts';
import { scheduleRoutes } from './schedule-routes.ts';
import { sessionRoutes } from './session-routes.ts';
import { stepRoutes } from './step-routes.ts';
import { systemRoutes } from './system-routes.ts';
import { tlogRoutes } from './tlog-routes.ts';
import { waitingRoutes } from './waiting-routes.ts';

/**
 * The whole HTTP surface, by operation id. The gateway routes, authorizes and validates from this table and generates its OpenAPI document
 * from it; clients build their requests with `pathOf(httpApi.getRun, {runId})`.
 */
export const httpApi = {
  ...sessionRoutes,
  ...runRoutes,
  ...goalRoutes,
  ...lifecycleRoutes,
  ...killRoutes,
  ...stepRoutes,
  ...approvalRoutes,
  ...scheduleRoutes,
  ...waitingRoutes,
  ...budgetRoutes,
  ...policyRoutes,
  ...resourceRoutes,
  ...modelRoutes,
  ...auditRoutes,
  ...tlogRoutes,
  ...systemRoutes,
} as const;

export const ROUTES: readonly RouteContract[] = Object.values(httpApi) as unknown as readonly RouteContract[];
