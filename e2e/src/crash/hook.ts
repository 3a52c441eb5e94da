import { subscribe } from 'node:diagnostics_channel';
import { readFileSync, rmSync } from 'node:fs';

/**
 * Loaded into a service before its own code: kills the process that the plan names at the very moment at which the plan's step passes the plan's
 * point, once. Nothing of the service is changed by it.
 */
export type Plan = { readonly point: string; readonly stepId: string; readonly pid: number };

const file = process.env['CRASH_PLAN_FILE'] ?? '';

subscribe(process.env['CRASH_CHANNEL'] ?? '', (message) => {
  const passed = message as { readonly point: string; readonly stepId: string };
  const plan = planNow();
  if (plan?.point !== passed.point || plan.stepId !== passed.stepId) return;
  rmSync(file);
  process.kill(plan.pid, 'SIGKILL');
});

function planNow(): Plan | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Plan;
  } catch {
    return undefined;
  }
}
