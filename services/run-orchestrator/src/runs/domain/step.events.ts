import type { Amounts, Rejection, RunOrchestratorEvent } from '@causeway/contracts';
import type { Attempt } from './run.commands.ts';

type Event = RunOrchestratorEvent;

type Start = {
  readonly at: string;
  readonly attempt: Attempt;
  readonly reserved: Amounts;
  readonly approvalId?: string;
};

/** The events with which a step starts: what it may use is reserved in the same append as its intent. */
export function starting(stepId: string, { at, attempt, reserved, approvalId }: Start): Event[] {
  return [
    { type: 'budget.reserved', data: { stepId, at, ...reserved, steps: 1 } },
    { type: 'step.started', data: { stepId, at, attempt: 1, ...attempt, ...(approvalId ? { approvalId } : {}) } },
  ];
}

/** The event with which a step ends that never started. */
export const denied = (
  { stepId, capability }: { stepId: string; capability: string },
  rejection: Rejection,
  at: string,
): Event => ({ type: 'step.denied', data: { stepId, at, capability, rejection } });
