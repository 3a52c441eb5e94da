import { unsettledApprovals } from './approvals/unsettled.ts';
import { findUnsettledTimeApprovals, type TimeExtensions } from './budgets/time-extensions.ts';
import { later } from './edge.ts';
import type { EnforceKills } from './kills/kills.ts';
import { findEndedGrants } from './grants/grants.queries.ts';
import type { Parts } from './parts.ts';
import { stepOf } from './runs/domain/run.ts';
import type { EndRun } from './runs/end-run.ts';
import { findDebtors, findDueRuns, findRunsOfRevokedSessions } from './runs/runs.queries.ts';
import type { ScheduleTurns } from './schedules/schedule-turns.ts';
import { findDueSchedules, findSchedulesOfRevokedSessions } from './schedules/schedules.queries.ts';
import type { HeldSteps } from './steps/held-steps.ts';
import type { StepAttempts } from './steps/step-attempts.ts';
import type { StepDocument } from './steps/steps.projection.ts';
import { findOrphanedSteps } from './steps/steps.queries.ts';
import type { Views } from './views.ts';

export type Clock = { readonly start: () => void; readonly stop: () => Promise<void> };
type Rooms = {
  readonly views: Views;
  readonly attempts: StepAttempts;
  readonly held: HeldSteps;
  readonly more: TimeExtensions;
  readonly end: EndRun;
  readonly schedules: ScheduleTurns;
  readonly enforceKills: EnforceKills;
};

const EVERY_MS = 1_000;
/** How long a started step may look unattended before it counts as orphaned, in ms: the views lag behind the ledger. */
const UNATTENDED_MS = 5_000;

/**
 * Looks once a second for what nobody else will move: due schedules, runs and pauses past their deadline, runs of revoked sessions, approvals
 * and held steps that do not fit each other, kills that were not carried out, standing grants past their end, allotments that runs no longer
 * need, and steps whose process is gone. Everything it does may be done twice: the deciders know.
 */
export function createClock(parts: Parts, { views, attempts, held, more, end, enforceKills, schedules }: Rooms): Clock {
  const { handlers, edge, executor, log } = parts;
  const { pool } = views;
  const unsettled = unsettledApprovals(views);
  const bornAt = edge.now();
  let timer: NodeJS.Timeout | undefined;
  let turning: Promise<void> = Promise.resolve();

  /** One that cannot be moved now must not keep the others from moving. */
  async function each<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
    for (const item of items) {
      await work(item).catch((err: unknown) => log.warn({ err, item }, 'not moved by the clock; trying again'));
    }
  }

  const tick = (runId: string): Promise<unknown> => {
    const actor = { kind: 'clock' as const, id: executor };
    return handlers.runs.handle(runId, { type: 'tick', at: edge.now() }, { actor, correlationId: runId });
  };

  const expireGrant = (grantId: string): Promise<unknown> => {
    const actor = { kind: 'clock' as const, id: executor };
    return handlers.grants.handle(grantId, { type: 'expire', at: edge.now() }, { actor });
  };

  const giveBack = (runId: string): Promise<unknown> => {
    const actor = { kind: 'clock' as const, id: executor };
    const command = { type: 'return-allotment' as const, at: edge.now() };
    return handlers.runs.handle(runId, command, { actor, correlationId: runId });
  };

  async function recover({ runId, stepId, attempt }: StepDocument): Promise<void> {
    if (attempts.isInHand(runId, stepId)) return;
    const run = await handlers.runs.load(runId);
    const step = run.kind === 'run' ? stepOf(run, stepId) : undefined;
    if (run.kind === 'none' || step?.state !== 'started' || step.attempt !== attempt) return;
    log.info({ runId, stepId, attempt }, 'recovering a step whose process is gone');
    void attempts.recover(run, step).catch((err: unknown) => {
      log.warn({ err, runId, stepId }, 'a step was not recovered; trying again');
    });
  }

  /** Steps of this executor that it does not know of were begun by its predecessor; those of others count once they are overdue. */
  async function sweep(ownBefore: string): Promise<void> {
    const at = edge.now();
    await each(await findSchedulesOfRevokedSessions(pool), schedules.stop);
    await each(await findDueSchedules(pool, at), schedules.take);
    await each(await findDueRuns(pool, at), tick);
    await each(await findRunsOfRevokedSessions(pool), (runId) => end(runId, 'the session was revoked'));
    await enforceKills(later(at, -UNATTENDED_MS)).catch((err: unknown) =>
      log.warn({ err }, 'a kill was not carried out; trying again'),
    );
    await each(await unsettled(at), held.settle);
    await each(await findEndedGrants(pool, at), expireGrant);
    await each(await findUnsettledTimeApprovals(views, at), more.settle);
    await each(await findDebtors(pool), giveBack);
    const overdueAt = later(at, -UNATTENDED_MS);
    await each(await findOrphanedSteps(pool, { executor, ownBefore, overdueAt }), recover);
  }

  function turn(ownBefore: string): void {
    turning = sweep(ownBefore)
      .catch((err: unknown) => log.warn({ err }, 'the clock could not do its round; trying again'))
      .then(() => {
        if (timer !== undefined) timer = setTimeout(() => turn(later(edge.now(), -UNATTENDED_MS)), EVERY_MS);
      });
  }

  return {
    start: () => {
      timer = setTimeout(() => turn(bornAt), 0);
    },
    stop: async () => {
      clearTimeout(timer);
      timer = undefined;
      await turning;
    },
  };
}
