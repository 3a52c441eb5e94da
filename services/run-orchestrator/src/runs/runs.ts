import {
  type addSubgoals,
  type cancelRun,
  type claimCompletion,
  type completeRun,
  type DataOf,
  type extendBudget,
  type getRun,
  type listRuns,
  type ReplyEnvelope,
  type ReplyOf,
  type RunView,
  type startRun,
} from '@causeway/contracts';
import { ok, rejected, type Incoming } from '@causeway/messaging';
import { ConflictError } from '@causeway/eventing';
import { later } from '../edge.ts';
import type { KillSwitch } from '../kills/kill-switch.ts';
import { lastPosition } from '../last-position.ts';
import type { Parts } from '../parts.ts';
import type { HeldSteps } from '../steps/held-steps.ts';
import { behind, paged, type Views } from '../views.ts';
import type { RunCommand } from './domain/run.commands.ts';
import { isSameStart, runDecider } from './domain/run.decide.ts';
import type { Run } from './domain/run.ts';
import type { Mover } from './domain/transitions.ts';
import { settleHolds } from './end-run.ts';
import { budgetTerms } from './budget-terms.ts';
import { ofSubgoals, predicateRefusal } from './predicate-admission.ts';
import { runViewOf } from './run-view.ts';
import { toRunView } from './runs.projection.ts';
import { findRun, findRuns } from './runs.queries.ts';

type Meta = Incoming<typeof startRun>['meta'];
type Answer = ReplyEnvelope<RunView>;
type Start = DataOf<typeof startRun>;
type StartCommand = Extract<RunCommand, { type: 'start' }>;
type Rooms = { readonly views: Views; readonly held: HeldSteps; readonly kills: KillSwitch };

/** What can be asked about runs. */
export function createRuns(parts: Parts, { views, held, kills }: Rooms) {
  const { handlers, policies, edge, ledger, capabilities } = parts;

  async function handle(runId: string, command: RunCommand, meta: Meta): Promise<Answer> {
    const context = { actor: meta.actor, correlationId: runId, causationId: meta.id };
    const handled = await handlers.runs.handle(runId, command, context);
    if (!handled.accepted) return { ok: false, rejection: handled.rejection };
    const refused = handled.events.find(({ type }) => type === 'claim.refused' || type === 'subgoal.refused');
    if (refused && 'missing' in refused.data) {
      const { missing, unmet: errors } = refused.data;
      return rejected('CLAIM_NOT_PROVEN', `${missing}; do what is missing and claim again`, errors ? { errors } : {});
    }
    if (command.type === 'cancel') await settleHolds(handled, held);
    return ok(await viewOf(handled.state, handled.position));
  }

  async function viewOf(run: Run, position: number | undefined): Promise<RunView> {
    if (run.kind === 'none') throw new Error('a run that took a command is not there');
    return runViewOf(run, position ?? (await lastPosition(ledger, run.runId, run.version)), edge.now());
  }

  /** What a new run starts with; the rejection when it may not start. */
  async function admit({ sessionId, predicate, subgoals, budget: askedBudget }: Start) {
    const policy = policies.active();
    const { selfReported } = policy.pack.completion;
    const asked = [{ path: '', predicate }, ...ofSubgoals(subgoals)];
    const unproven = await predicateRefusal(asked, { selfReported, capabilities });
    if (unproven) return unproven;
    const session = await handlers.sessions.load(sessionId);
    if (session.kind === 'none') {
      return rejected('SESSION_NOT_FOUND', `there is no session ${sessionId}; open one first`);
    }
    const { agentId } = session;
    const killed = await kills.refusal(agentId);
    if (killed) return { ok: false as const, rejection: killed };
    const budget = budgetTerms(policy.pack, { session, asked: askedBudget, at: edge.now() });
    return budget.ok ? ok({ agentId, policy, ...budget.value }) : budget;
  }

  /** A start that came before has the same answer, also when it would be refused by now. */
  async function startedBefore(data: Start): Promise<Answer | undefined> {
    const run = await handlers.runs.load(data.runId);
    const isSame = run.kind === 'run' && isSameStart({ ...data, askedBudget: data.budget }, run);
    return isSame ? ok(await viewOf(run, undefined)) : undefined;
  }

  async function start({ data: asked, meta }: Incoming<typeof startRun>): Promise<Answer> {
    const data = inUtc(asked);
    const admitted = await admit(data);
    if (!admitted.ok) return (await startedBefore(data)) ?? admitted;
    const { budget: askedBudget, ...rest } = data;
    const { policy, ...terms } = admitted.value;
    const { agentLeaseMs, maxLifeMs } = policy.pack.runs;
    const watched = { agentLeaseMs, maxLifeMs, occupiesSession: true as const };
    const facts = { ...rest, ...terms, ...watched, askedBudget, policy: policy.ref };
    return occupy({ type: 'start', ...facts, mover: moverOf(meta), by: meta.actor.id, at: edge.now() }, meta);
  }

  /** Seals the start in the session's own append. Whoever else wrote the same run meanwhile is found the second time. */
  async function occupy(command: StartCommand, meta: Meta, isLast = false): Promise<Answer> {
    const { runId, sessionId, at } = command;
    const decision = runDecider.decide(command, await handlers.runs.load(runId));
    if (!decision.accepted) return { ok: false, rejection: decision.rejection };
    if (decision.events.length > 0) {
      const { activeRuns } = policies.active().pack.sessions;
      const occupation = { type: 'occupy' as const, runId, activeRuns, started: decision.events, at };
      const context = { actor: meta.actor, correlationId: runId, causationId: meta.id };
      const occupied = await handlers.sessions.handle(sessionId, occupation, context).catch((error: unknown) => {
        if (error instanceof ConflictError && !isLast) return undefined;
        throw error;
      });
      if (!occupied) return occupy(command, meta, true);
      if (!occupied.accepted) return { ok: false, rejection: occupied.rejection };
    }
    // Somebody may have been faster with another run under this id: then the session had nothing to add.
    const run = await handlers.runs.load(runId);
    const asked = runDecider.decide(command, run);
    return asked.accepted ? ok(await viewOf(run, undefined)) : { ok: false, rejection: asked.rejection };
  }

  return {
    start,
    claim: ({ data, meta }: Incoming<typeof claimCompletion>): Promise<Answer> => {
      const at = edge.now();
      const pauseDeadlineAt = later(at, policies.likely(data.runId).pack.runs.defaultPauseMs);
      const { runId, ...claim } = data;
      return handle(runId, { type: 'claim', ...claim, pauseDeadlineAt, by: meta.actor.id, at }, meta);
    },
    addSubgoals: async ({ data: { runId, subgoals }, meta }: Incoming<typeof addSubgoals>): Promise<Answer> => {
      const { selfReported } = policies.likely(runId).pack.completion;
      const refusal = await predicateRefusal(ofSubgoals(subgoals), { selfReported, capabilities });
      if (refusal) return refusal;
      const command = { type: 'add-subgoals' as const, subgoals, mover: moverOf(meta), by: meta.actor.id };
      return handle(runId, { ...command, at: edge.now() }, meta);
    },
    complete: ({ data: { runId, reason }, meta }: Incoming<typeof completeRun>): Promise<Answer> => {
      const command = { type: 'complete' as const, reason, mover: moverOf(meta), by: meta.actor.id, at: edge.now() };
      return handle(runId, command, meta);
    },
    extend: ({ data, meta }: Incoming<typeof extendBudget>): Promise<Answer> => {
      const { runId, ...extension } = data;
      const command = { type: 'extend-budget' as const, ...extension, mover: moverOf(meta) };
      return handle(runId, { ...command, by: meta.actor.id, at: edge.now() }, meta);
    },
    cancel: ({ data, meta }: Incoming<typeof cancelRun>): Promise<Answer> => {
      const { runId, ...cancellation } = data;
      const command = { type: 'cancel' as const, ...cancellation, mover: moverOf(meta) };
      return handle(runId, { ...command, by: meta.actor.id, at: edge.now() }, meta);
    },
    get: async ({ data }: Incoming<typeof getRun>): Promise<Answer> => {
      const late = await behind(views, data.minPosition);
      if (late) return late;
      const run = await findRun(views.pool, data.runId);
      const visible = run && (data.sessionId === undefined || data.sessionId === run.sessionId);
      return visible
        ? ok(toRunView(run, edge.now()))
        : rejected('RUN_NOT_FOUND', `there is no run ${data.runId} here; check the id`);
    },
    list: async ({ data }: Incoming<typeof listRuns>): Promise<ReplyEnvelope<ReplyOf<typeof listRuns>>> => {
      const found = await findRuns(views.pool, data);
      const { page, next } = paged(found, data.limit, (run) => run.runId);
      return ok({ runs: page.map((run) => toRunView(run, edge.now())), ...(next ? { next } : {}) });
    },
  };
}
export type Runs = ReturnType<typeof createRuns>;

/** Instants are recorded in one form, so that their order as texts is their order in time. */
const inUtc = (data: Start): Start =>
  data.startsAt === undefined ? data : { ...data, startsAt: later(data.startsAt, 0) };

const moverOf = ({ actor }: Meta): Mover => actor.kind;
