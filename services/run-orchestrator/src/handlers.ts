import type { Rejection, RunOrchestratorEvent } from '@causeway/contracts';
import { aggregateHandler, type AggregateHandler, type LedgerPort } from '@causeway/eventing';
import { approvalDecider, type Approval, type ApprovalCommand } from './approvals/domain/approval.ts';
import type { Edge } from './edge.ts';
import type { RunCommand } from './runs/domain/run.commands.ts';
import { runDecider } from './runs/domain/run.decide.ts';
import type { Run } from './runs/domain/run.ts';
import { sessionDecider, type Session, type SessionCommand } from './sessions/domain/session.ts';

/** What can be asked of this service's aggregates. */
export type Handlers = {
  readonly runs: AggregateHandler<Run, RunCommand, RunOrchestratorEvent, Rejection>;
  readonly approvals: AggregateHandler<Approval, ApprovalCommand, RunOrchestratorEvent, Rejection>;
  readonly sessions: AggregateHandler<Session, SessionCommand, RunOrchestratorEvent, Rejection>;
};

/** The deciders over the ledger. Events of an approval belong to its run on the bus: `audit.*.*.<run id>` is the whole story. */
export function createHandlers(ledger: LedgerPort, { newUuid }: Edge): Handlers {
  const sizeOf = (command: RunCommand): number => (command.type === 'request-step' || command.type === 'record-fate' ? JSON.stringify(command).length : 0);
  const runOfApproval = (id: string, approval: Approval): string => (approval.kind === 'none' ? id : approval.content.runId);
  return {
    runs: aggregateHandler({ decider: runDecider, ledger, newUuid, sizeOf, scopeOf: (id) => id }),
    approvals: aggregateHandler({ decider: approvalDecider, ledger, newUuid, scopeOf: runOfApproval }),
    sessions: aggregateHandler({ decider: sessionDecider, ledger, newUuid }),
  };
}
