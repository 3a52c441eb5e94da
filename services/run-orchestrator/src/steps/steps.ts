import { type getStep, type listSteps, type ReplyEnvelope, type ReplyOf, type StepOutcome } from '@causeway/contracts';
import { ok, rejected, type Incoming } from '@causeway/messaging';
import type { Parts } from '../parts.ts';
import { findRun } from '../runs/runs.queries.ts';
import { behind, paged, type Views } from '../views.ts';
import { stepExecutor } from './execute-step.ts';
import type { StepAttempts } from './step-attempts.ts';
import { toStepView } from './steps.projection.ts';
import { findStep, findSteps } from './steps.queries.ts';

const POLL_MS = 50;

/** What can be asked about steps. */
export function createSteps(parts: Parts, attempts: StepAttempts, views: Views) {
  async function isOpen(runId: string, stepId: string): Promise<boolean> {
    const step = await findStep(views.pool, runId, stepId);
    return step === undefined || step.state === 'started' || step.state === 'held';
  }

  async function mayRead(runId: string, sessionId: string | undefined): Promise<boolean> {
    if (sessionId === undefined) return true;
    const run = await parts.handlers.runs.load(runId);
    return run.kind === 'run' && run.sessionId === sessionId;
  }

  return {
    execute: stepExecutor(parts, attempts),
    get: async ({ data }: Incoming<typeof getStep>): Promise<ReplyEnvelope<StepOutcome>> => {
      const { runId, stepId, sessionId, waitMs } = data;
      if (!(await mayRead(runId, sessionId))) return rejected('RUN_NOT_FOUND', `there is no run ${runId} here`);
      const until = Date.now() + waitMs;
      while (Date.now() < until && (await isOpen(runId, stepId))) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      return ok(await attempts.outcomeNow(runId, stepId));
    },
    list: async ({ data }: Incoming<typeof listSteps>): Promise<ReplyEnvelope<ReplyOf<typeof listSteps>>> => {
      const late = await behind(views, data.minPosition);
      if (late) return late;
      const run = await findRun(views.pool, data.runId);
      const visible = run && (data.sessionId === undefined || data.sessionId === run.sessionId);
      if (!visible) return rejected('RUN_NOT_FOUND', `there is no run ${data.runId} here`);
      const { page, next } = paged(await findSteps(views.pool, data), data.limit, (step) => step.stepId);
      return ok({ steps: page.map(toStepView), ...(next ? { next } : {}) });
    },
  };
}
export type Steps = ReturnType<typeof createSteps>;
