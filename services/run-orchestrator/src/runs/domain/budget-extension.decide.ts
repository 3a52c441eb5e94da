import type { Rejection, RunOrchestratorEvent } from '@causeway/contracts';
import { accept, refuse, type SideWrite } from '@causeway/eventing';
import { activeMs } from './budget.ts';
import type { BudgetCommand, PreparedApproval } from './run.commands.ts';
import { overRefusal, pausedRefusal, type RunDecision } from './run.refusals.ts';
import { isOver, type StartedRun } from './run.ts';

type Event = RunOrchestratorEvent;
type Of<Type extends BudgetCommand['type']> = Extract<BudgetCommand, { type: Type }>;

/** More budget for a run: by an operator's word, or by an approval that the whole run waits for. */
export function decideBudget(command: BudgetCommand, run: StartedRun): RunDecision {
  switch (command.type) {
    case 'extend-budget':
      return extend(command, run);
    case 'start-extended':
      return startExtended(command, run);
    case 'end-unextended':
      return endUnextended(command, run);
    case 'return-allotment':
      return accept();
  }
}

function extend(
  { extensionId, meter, delta, reason, mover, by, at }: Of<'extend-budget'>,
  run: StartedRun,
): RunDecision {
  if (run.budget.extensions.includes(extensionId)) return accept();
  if (mover === 'agent' || by === run.agentId) {
    const detail = 'an agent does not raise its own budget; an operator has to';
    return refuse({ code: 'BUDGET_EXTENSION_REFUSED', detail });
  }
  if (isOver(run)) return refuse(overRefusal(run));
  if (run.phase.state === 'paused' && run.phase.cause === 'budget') return refuse(pausedRefusal(run));
  if (run.budget.limits[meter] === undefined) {
    const detail = `this run has no limit of ${meter}, so there is nothing to raise`;
    return refuse({ code: 'BUDGET_EXTENSION_REFUSED', detail });
  }
  return accept<Event>({ type: 'budget.extended', data: { meter, delta, by, extensionId, reason, at } });
}

/** The run's time is over and policy lets a person give more: the run waits for that. */
export function holdForTime(run: StartedRun, { content, digest }: PreparedApproval, at: string): RunDecision {
  const { approvalId, expiresAt: deadlineAt } = content;
  const paused: Event = {
    type: 'run.paused',
    data: { cause: 'budget', deadlineAt, wallClockUsedMs: activeMs(run.budget, at), approvalId, at },
  };
  const reason = 'the run was active for as long as its budget allows';
  const requested: Event = {
    type: 'approval.requested',
    data: { content, digest, reason, requestedBy: run.agentId, at },
  };
  return { accepted: true, events: [paused], also: [{ stream: approvalId, expected: 'none', events: [requested] }] };
}

/** The approval is consumed, the limit raised and the run resumed together or not at all. */
function startExtended(command: Of<'start-extended'>, run: StartedRun): RunDecision {
  const { approvalId, approvalVersion, digest, stepId, extension, by, at } = command;
  if (run.budget.waitsFor !== approvalId) return accept();
  const consumed: Event = {
    type: 'approval.consumed',
    data: { approvalId, digest, runId: run.runId, stepId, at },
  };
  const also: readonly SideWrite<Event>[] = [{ stream: approvalId, expected: approvalVersion, events: [consumed] }];
  return {
    accepted: true,
    events: [extendedBy(extension, { approvalId, by, at }), { type: 'run.resumed', data: { cause: 'budget', by, at } }],
    also,
  };
}

/** How an approval raises a limit. */
export const extendedBy = (
  { meter, delta }: NonNullable<PreparedApproval['content']['extension']>,
  { approvalId, by, at }: { approvalId: string; by: string; at: string },
): Event => ({ type: 'budget.extended', data: { meter, delta, by, approvalId, reason: 'approved', at } });

/** Nobody gave the run more time: it ends. */
function endUnextended({ approvalId, reason, at }: Of<'end-unextended'>, run: StartedRun): RunDecision {
  if (run.budget.waitsFor !== approvalId) return accept();
  const { usedMs: wallClockUsedMs } = run.budget;
  const code: Rejection['code'] = 'BUDGET_WALL_CLOCK_EXHAUSTED';
  return accept<Event>({ type: 'run.failed', data: { code, reason, wallClockUsedMs, at } });
}
