import type { BudgetStatus, RecordedEvent, RunOrchestratorEvent, StepOutcome, StepState } from '@causeway/contracts';

/** An event of a step, with its position: what an outcome is told from. */
export type StepEvent = { readonly event: RunOrchestratorEvent; readonly position: number };

/** A recorded event of run-orchestrator as its contract types it: only this service writes them. */
export const stepEvent = ({ type, data, erased, position }: RecordedEvent): StepEvent => ({
  event: { type, data, ...(erased ? { erased } : {}) } as RunOrchestratorEvent,
  position,
});

/** A step as far as its outcome tells of it; of a run's state or of a view. */
export type ToldStep = {
  readonly runId: string;
  readonly stepId: string;
  readonly capability: string;
  readonly state: StepState;
  readonly attempt: number;
  readonly rule?: string | undefined;
  readonly approvalId?: string | undefined;
};

/** The answer to a step: what the agent is told now, and whenever it asks again. */
export function outcomeOf(
  { runId, stepId, capability, state, attempt, rule, approvalId }: ToldStep,
  newest: StepEvent,
  budget: BudgetStatus,
): StepOutcome {
  return {
    ...{ runId, stepId, capability, state, attempt },
    ...(rule ? { rule } : {}),
    ...(approvalId ? { approvalId } : {}),
    ...factsOf(newest.event),
    ...{ budget, position: newest.position },
  };
}

function factsOf(event: RunOrchestratorEvent): Pick<StepOutcome, 'result' | 'rejection' | 'usage'> {
  switch (event.type) {
    case 'step.succeeded':
      return { result: event.data.result, usage: event.data.usage };
    case 'step.failed': {
      const { rejection, usage, result } = event.data;
      return { rejection, usage, ...(result ? { result } : {}) };
    }
    case 'step.denied':
      return { rejection: event.data.rejection };
    case 'step.unknown':
      return { rejection: { code: 'STEP_OUTCOME_UNKNOWN', detail: event.data.reason } };
    default:
      return {};
  }
}
