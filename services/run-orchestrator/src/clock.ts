import { findDecidedHolds, findDueRuns } from './runs/runs.queries.ts';
import { findExpiredApprovals } from './approvals/approvals.queries.ts';
import { later } from './edge.ts';
import type { Parts } from './parts.ts';
import { stepOf } from './runs/domain/run.ts';
import type { HeldSteps } from './steps/held-steps.ts';
import type { StepAttempts } from './steps/step-attempts.ts';
import type { StepDocument } from './steps/steps.projection.ts';
import { findOrphanedSteps } from './steps/steps.queries.ts';
import type { Views } from './views.ts';

export type Clock = { readonly start: () => void; readonly stop: () => Promise<void>; readonly sweep: (grace: Grace) => Promise<void> };

/** How long a started step may look unattended before it counts as orphaned, in ms: the views lag behind the ledger. */
type Grace = { readonly ownMs: number; readonly foreignMs: number };

const EVERY_MS = 1_000;
const AT_START: Grace = { ownMs: 0, foreignMs: 5_000 };
const RUNNING: Grace = { ownMs: 5_000, foreignMs: 5_000 };

/**
 * Looks once a second for what nobody else will move: runs and pauses past their deadline, approvals decided or expired while their step is
 * still held, and steps whose process is gone. Everything it does may be done twice: the deciders know.
 */
export function createClock(parts: Parts, views: Views, rooms: { attempts: StepAttempts; held: HeldSteps }): Clock {
  const { handlers, edge, executor, log } = parts;
  let timer: NodeJS.Timeout | undefined;
  let turning: Promise<void> = Promise.resolve();

  async function endDueRuns(): Promise<void> {
    const at = edge.now();
    for (const { runId, pauseCause, pauseApprovalId } of await findDueRuns(views.pool, at)) {
      if (pauseCause === 'approval' && pauseApprovalId) await rooms.held.settle(pauseApprovalId);
      else await handlers.runs.handle(runId, { type: 'tick', at }, { actor: { kind: 'clock', id: executor }, correlationId: runId });
    }
  }

  async function settleApprovals(): Promise<void> {
    const decided = await findDecidedHolds(views.pool);
    const expired = await findExpiredApprovals(views.pool, edge.now());
    for (const approvalId of new Set([...decided, ...expired])) await rooms.held.settle(approvalId);
  }

  async function recover({ runId, stepId, attempt }: StepDocument): Promise<void> {
    if (rooms.attempts.isInHand(runId, stepId)) return;
    const run = await handlers.runs.load(runId);
    const step = run.kind === 'run' ? stepOf(run, stepId) : undefined;
    if (run.kind === 'none' || step?.state !== 'started' || step.attempt !== attempt) return;
    const running = await rooms.attempts.runningFromLedger(run, step);
    if (rooms.attempts.isInHand(runId, stepId)) return;
    log.info({ runId, stepId, attempt }, 'recovering a step whose process is gone');
    void rooms.attempts.recover(running).catch((err: unknown) => log.warn({ err, runId, stepId }, 'a step was not recovered; trying again'));
  }

  async function recoverOrphans({ ownMs, foreignMs }: Grace): Promise<void> {
    const at = edge.now();
    const orphans = await findOrphanedSteps(views.pool, { executor, ownBefore: later(at, -ownMs), overdueAt: later(at, -foreignMs) });
    for (const step of orphans) await recover(step);
  }

  async function sweep(grace: Grace): Promise<void> {
    await endDueRuns();
    await settleApprovals();
    await recoverOrphans(grace);
  }

  function turn(grace: Grace): void {
    turning = sweep(grace)
      .catch((err: unknown) => log.warn({ err }, 'the clock could not do its round; trying again'))
      .then(() => {
        if (timer !== undefined) timer = setTimeout(() => turn(RUNNING), EVERY_MS);
      });
  }

  return {
    sweep,
    start: () => {
      timer = setTimeout(() => turn(AT_START), 0);
    },
    stop: async () => {
      clearTimeout(timer);
      timer = undefined;
      await turning;
    },
  };
}
