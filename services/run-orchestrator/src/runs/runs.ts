import {
  CAPABILITIES,
  type cancelRun,
  type claimCompletion,
  type completeRun,
  type getRun,
  type listRuns,
  type Rejection,
  type ReplyEnvelope,
  type ReplyOf,
  type RunView,
  type startRun,
} from '@causeway/contracts';
import { ok, rejected, type Incoming } from '@causeway/messaging';
import { later } from '../edge.ts';
import type { Parts } from '../parts.ts';
import { behind, paged, type Views } from '../views.ts';
import { resolveBudget } from './budget-limits.ts';
import type { RunCommand } from './domain/run.commands.ts';
import { runViewOf } from './run-view.ts';
import { toRunView } from './runs.projection.ts';
import { findRun, findRuns } from './runs.queries.ts';

type Meta = Incoming<typeof startRun>['meta'];

/** How long a run whose agent claims completion waits for an operator. */
const CONFIRM_WITHIN_MS = 24 * 3_600_000;

/** What can be asked about runs. */
export function createRuns(parts: Parts, views: Views) {
  const { handlers, policy, edge } = parts;

  async function handle(runId: string, command: RunCommand, meta: Meta): Promise<ReplyEnvelope<RunView>> {
    const handled = await handlers.runs.handle(runId, command, { actor: meta.actor, correlationId: runId, causationId: meta.id });
    if (!handled.accepted) return { ok: false, rejection: handled.rejection };
    const refused = handled.events.find((event) => event.type === 'claim.refused');
    if (refused) return { ok: false, rejection: unproven(refused.data.missing) };
    const seen = await findRun(views.pool, runId);
    return ok(runViewOf(handled.state, { events: handled.events, position: handled.position, seen, at: edge.now() }));
  }

  async function withdrawApprovals(runId: string): Promise<void> {
    const run = await findRun(views.pool, runId);
    if (!run?.pauseApprovalId) return;
    const command = { type: 'withdraw' as const, reason: 'the run is over', at: edge.now() };
    await handlers.approvals.handle(run.pauseApprovalId, command, { actor: { kind: 'system', id: parts.executor } });
  }

  return {
    start: async ({ data, meta }: Incoming<typeof startRun>): Promise<ReplyEnvelope<RunView>> => {
      const { runId, sessionId, goal, predicate } = data;
      if (predicate.kind === 'capability_succeeded' && !CAPABILITIES.has(predicate.capability)) return unknownInPredicate(predicate.capability);
      const session = await handlers.sessions.load(sessionId);
      if (session.kind === 'none') return rejected('SESSION_NOT_FOUND', `there is no session ${sessionId}; open one first`);
      if (session.state === 'revoked') return rejected('SESSION_REVOKED', `${sessionId} was revoked; open another session`);
      const budget = resolveBudget(data.budget, policy.pack.limits);
      if (!budget.ok) return budget;
      const { agentId } = session;
      const command = { type: 'start' as const, runId, sessionId, agentId, goal, budget: budget.value, predicate, policy: policy.ref };
      return handle(runId, { ...command, by: meta.actor.id, at: edge.now() }, meta);
    },
    claim: ({ data, meta }: Incoming<typeof claimCompletion>): Promise<ReplyEnvelope<RunView>> => {
      const at = edge.now();
      const { runId, sessionId, note } = data;
      return handle(runId, { type: 'claim', sessionId, note, pauseDeadlineAt: later(at, CONFIRM_WITHIN_MS), by: meta.actor.id, at }, meta);
    },
    complete: ({ data, meta }: Incoming<typeof completeRun>): Promise<ReplyEnvelope<RunView>> =>
      handle(data.runId, { type: 'complete', reason: data.reason, by: meta.actor.id, at: edge.now() }, meta),
    cancel: async ({ data, meta }: Incoming<typeof cancelRun>): Promise<ReplyEnvelope<RunView>> => {
      const { runId, sessionId, reason } = data;
      const mover = meta.actor.kind === 'agent' ? 'agent' : 'operator';
      const reply = await handle(runId, { type: 'cancel', sessionId, reason, mover, by: meta.actor.id, at: edge.now() }, meta);
      if (reply.ok) await withdrawApprovals(runId);
      return reply;
    },
    get: async ({ data }: Incoming<typeof getRun>): Promise<ReplyEnvelope<RunView>> => {
      const late = await behind(views, data.minPosition);
      if (late) return late;
      const run = await findRun(views.pool, data.runId);
      const visible = run && (data.sessionId === undefined || data.sessionId === run.sessionId);
      return visible ? ok(toRunView(run, edge.now())) : rejected('RUN_NOT_FOUND', `there is no run ${data.runId} here`);
    },
    list: async ({ data }: Incoming<typeof listRuns>): Promise<ReplyEnvelope<ReplyOf<typeof listRuns>>> => {
      const found = await findRuns(views.pool, data);
      const { page, next } = paged(found, data.limit, (run) => run.runId);
      return ok({ runs: page.map((run) => toRunView(run, edge.now())), ...(next ? { next } : {}) });
    },
  };
}
export type Runs = ReturnType<typeof createRuns>;

const unproven = (missing: string): Rejection => ({
  code: 'CLAIM_NOT_PROVEN',
  detail: `${missing}; do what is missing and claim again`,
});

function unknownInPredicate(capability: string) {
  const errors = [{ path: 'predicate.capability', message: `«${capability}» is not one of ${[...CAPABILITIES.keys()].join(', ')}` }];
  return rejected('CAPABILITY_UNKNOWN', `the predicate names the capability «${capability}», which does not exist`, { errors });
}
