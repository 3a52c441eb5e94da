import type { Rejection, RunOrchestratorEvent } from '@causeway/contracts';
import { aggregateHandler, type AggregateHandler, type LedgerPort } from '@causeway/eventing';
import { DependencyError } from '@causeway/messaging';
import type { Approval } from './approvals/domain/approval.ts';
import { approvalDecider, type ApprovalCommand } from './approvals/domain/approval.decide.ts';
import { capabilityDecider, type Capability, type CapabilityCommand } from './capabilities/domain/capability.ts';
import type { Edge } from './edge.ts';
import { killDecider, type KillCommand, type Kills } from './kills/domain/kill.ts';
import { grantDecider, type Grant, type GrantCommand } from './grants/domain/grant.ts';
import type { RunCommand } from './runs/domain/run.commands.ts';
import { runDecider } from './runs/domain/run.decide.ts';
import type { Run } from './runs/domain/run.ts';
import { policyDecider, type PolicyCommand, type PolicyLog } from './policies/domain/policy-log.ts';
import { poolDecider, type PoolCommand, type PoolRejection } from './pools/domain/pool.decide.ts';
import type { Pool } from './pools/domain/pool.ts';
import type { RunRejection } from './runs/domain/run.refusals.ts';
import { sealingProblem } from './sealable.ts';
import { scheduleDecider, type ScheduleCommand } from './schedules/domain/schedule.decide.ts';
import type { Schedule } from './schedules/domain/schedule.ts';
import { sessionDecider, type Session, type SessionCommand } from './sessions/domain/session.ts';

type Handler<State, Command, Refusal = Rejection> = AggregateHandler<State, Command, RunOrchestratorEvent, Refusal>;

/** What can be asked of this service's aggregates. */
export type Handlers = {
  readonly runs: Handler<Run, RunCommand>;
  readonly approvals: Handler<Approval, ApprovalCommand>;
  readonly grants: Handler<Grant, GrantCommand>;
  readonly sessions: Handler<Session, SessionCommand>;
  readonly schedules: Handler<Schedule, ScheduleCommand>;
  readonly capabilities: Handler<Capability, CapabilityCommand>;
  readonly kills: Handler<Kills, KillCommand>;
  readonly policy: Handler<PolicyLog, PolicyCommand>;
  readonly pools: Handler<Pool, PoolCommand, PoolRejection>;
};
/** The handlers before budgets are looked after: a run's refusal may say what the decider has to know first. */
export type BareHandlers = Omit<Handlers, 'runs'> & { readonly runs: Handler<Run, RunCommand, RunRejection> };

/** How many aggregates stay in memory: a run holds its steps, an approval the content to approve. */
const KEPT = {
  ...{ runs: 1_000, approvals: 200, grants: 500, sessions: 5_000, schedules: 1_000, capabilities: 500, pools: 1_000 },
} as const;

/** The deciders over the ledger. Events of an approval belong to its run on the bus: `audit.*.*.<run id>` is the whole story. */
export function createHandlers(ledger: LedgerPort, { newUuid }: Pick<Edge, 'newUuid'>): BareHandlers {
  const runOf = (id: string, approval: Approval): string => (approval.kind === 'none' ? id : approval.content.runId);
  const base = { ledger, newUuid };
  return {
    runs: checked(
      aggregateHandler({ ...base, decider: runDecider, sizeOf, scopeOf: (id) => id, cacheSize: KEPT.runs }),
    ),
    approvals: checked(
      aggregateHandler({ ...base, decider: approvalDecider, scopeOf: runOf, cacheSize: KEPT.approvals }),
    ),
    grants: checked(aggregateHandler({ ...base, decider: grantDecider, cacheSize: KEPT.grants })),
    sessions: checked(aggregateHandler({ ...base, decider: sessionDecider, cacheSize: KEPT.sessions })),
    schedules: checked(aggregateHandler({ ...base, decider: scheduleDecider, cacheSize: KEPT.schedules })),
    capabilities: checked(aggregateHandler({ ...base, decider: capabilityDecider, cacheSize: KEPT.capabilities })),
    kills: checked(aggregateHandler({ ...base, decider: killDecider })),
    policy: checked(aggregateHandler({ ...base, decider: policyDecider })),
    pools: checked(aggregateHandler({ ...base, decider: poolDecider, cacheSize: KEPT.pools })),
  };
}

/** Commands that carry an agent's or a provider's data; the others are small. */
const sizeOf = (command: RunCommand): number =>
  command.type === 'request-step' || command.type === 'record-fate' ? JSON.stringify(command).length : 0;

/** Refuses what the ledger would not seal before it joins an append: commands that wait together are sealed together or not at all. */
function checked<State, Command extends object, Refusal>(
  handler: Handler<State, Command, Refusal>,
): Handler<State, Command, Refusal> {
  return {
    ...handler,
    handle: (id, command, meta) => {
      const present = Object.fromEntries(Object.entries(command).filter(([, value]) => value !== undefined));
      const problem = sealingProblem(present);
      return problem === undefined
        ? handler.handle(id, command, meta)
        : Promise.reject(new DependencyError('REQUEST_INVALID', `this cannot be sealed: ${problem.message}`));
    },
  };
}
