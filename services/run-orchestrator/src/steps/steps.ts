import type {
  acknowledgeStep,
  getStep,
  listSteps,
  ReplyEnvelope,
  ReplyOf,
  StepOutcome,
  StepView,
} from '@causeway/contracts';
import { ok, rejected, type Incoming } from '@causeway/messaging';
import type { KillSwitch } from '../kills/kill-switch.ts';
import type { Parts } from '../parts.ts';
import { toRunView } from '../runs/runs.projection.ts';
import { findRun } from '../runs/runs.queries.ts';
import { behind, paged, unknownAfter, type Views } from '../views.ts';
import { stepExecutor } from './execute-step.ts';
import { credentialChecker, forwardedStepExecutor } from './forwarded-step.ts';
import { outcomeOf } from './outcome.ts';
import type { StepAttempts } from './step-attempts.ts';
import type { StepLedger } from './step-ledger.ts';
import { toStepView, type StepDocument } from './steps.projection.ts';
import { findStep, findSteps } from './steps.queries.ts';

type Rooms = {
  readonly views: Views;
  readonly steps: StepLedger;
  readonly attempts: StepAttempts;
  readonly kills: KillSwitch;
};

const POLL_MS = 100;
/** Results are up to 16 KiB each, and a page travels in one message. */
const MAX_WITH_RESULTS = 20;
/** How long an answer waits for the views to show what it just sealed. */
const SEEN_WITHIN_MS = 2_000;

/** What can be asked about steps. */
export function createSteps(parts: Parts, { views, steps, attempts, kills }: Rooms) {
  const { handlers, edge } = parts;

  /** The outcome of a step that has ended, without reading its run from the ledger; undefined while it is open or the views lag. */
  async function endedOutcome(runId: string, stepId: string): Promise<StepOutcome | undefined> {
    const step = await findStep(views.pool, runId, stepId);
    if (!step || step.state === 'started' || step.state === 'held') return undefined;
    const run = await findRun(views.pool, runId);
    return run && outcomeOf(step, await steps.eventAt(runId, step.version), toRunView(run, edge.now()).budget);
  }

  /** A step with what came of it, read from the ledger. */
  async function withResult(step: StepDocument): Promise<StepView> {
    const view = toStepView(step);
    if (step.state !== 'succeeded' && step.state !== 'failed') return view;
    const { event } = await steps.eventAt(step.runId, step.version);
    const isEnd = event.type === 'step.succeeded' || event.type === 'step.failed';
    return isEnd && event.data.result ? { ...view, result: event.data.result } : view;
  }

  async function ownerOf(runId: string): Promise<{ readonly sessionId: string } | undefined> {
    const seen = await findRun(views.pool, runId);
    if (seen) return seen;
    const run = await handlers.runs.load(runId);
    return run.kind === 'run' ? run : undefined;
  }

  async function endedWithin(runId: string, stepId: string, waitMs: number): Promise<StepOutcome | undefined> {
    const until = Date.now() + waitMs;
    for (;;) {
      const ended = await endedOutcome(runId, stepId);
      const leftMs = until - Date.now();
      if (ended || leftMs <= 0) return ended;
      await Promise.race([attempts.joined(runId, stepId)?.catch(() => {}), sleep(Math.min(POLL_MS, leftMs))]);
    }
  }

  /** Position of the step after which a page begins. */
  async function pageStart({ runId, after }: { runId: string; after?: string | undefined }) {
    if (after === undefined) return ok(-1);
    const previous = await findStep(views.pool, runId, after);
    return previous ? ok(previous.openedAtPosition) : unknownAfter('step of this run', after);
  }

  async function acknowledge({
    data: { runId, stepId, finding, note },
    meta,
  }: Incoming<typeof acknowledgeStep>): Promise<ReplyEnvelope<StepView>> {
    const said = { stepId, finding, note, by: meta.actor.id, at: edge.now() };
    const context = { actor: meta.actor, correlationId: runId, causationId: meta.id };
    const handled = await handlers.runs.handle(runId, { type: 'acknowledge', ...said }, context);
    if (!handled.accepted) return { ok: false, rejection: handled.rejection };
    if (handled.position !== undefined) await views.runner.waitFor(handled.position, SEEN_WITHIN_MS);
    const step = await findStep(views.pool, runId, stepId);
    return step
      ? ok({ ...toStepView(step), finding })
      : rejected('STEP_NOT_FOUND', `the view does not show ${stepId} yet`);
  }

  const execute = stepExecutor(parts, { views, steps, attempts, kills });
  return {
    execute,
    executeForwarded: forwardedStepExecutor(handlers, execute),
    checkCredential: credentialChecker(handlers),
    acknowledge,
    get: async ({ data }: Incoming<typeof getStep>): Promise<ReplyEnvelope<StepOutcome>> => {
      const { runId, stepId, sessionId, waitMs } = data;
      const run = await ownerOf(runId);
      if (!run || isForeign(run, sessionId)) return noRun(runId);
      return ok((await endedWithin(runId, stepId, waitMs)) ?? (await steps.outcomeNow(runId, stepId)));
    },
    list: async ({ data }: Incoming<typeof listSteps>): Promise<ReplyEnvelope<ReplyOf<typeof listSteps>>> => {
      const { runId, sessionId, minPosition, results } = data;
      const limit = results ? Math.min(data.limit, MAX_WITH_RESULTS) : data.limit;
      const late = await behind(views, minPosition);
      if (late) return late;
      const run = await findRun(views.pool, runId);
      if (!run || isForeign(run, sessionId)) return noRun(runId);
      const from = await pageStart(data);
      if (!from.ok) return from;
      const found = await findSteps(views.pool, { runId, afterPosition: from.value, limit });
      const { page, next } = paged(found, limit, (step) => step.stepId);
      const shown = results ? await Promise.all(page.map(withResult)) : page.map(toStepView);
      return ok({ steps: shown, ...(next ? { next } : {}) });
    },
  };
}
export type Steps = ReturnType<typeof createSteps>;

/** Whether it belongs to another session than the one that asks; whoever names no session sees all. */
const isForeign = (run: { readonly sessionId: string }, sessionId: string | undefined): boolean =>
  sessionId !== undefined && run.sessionId !== sessionId;
const noRun = (runId: string) => rejected('RUN_NOT_FOUND', `there is no run ${runId} here; check the id`);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
