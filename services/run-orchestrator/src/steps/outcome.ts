import type { RecordedEvent, RunOrchestratorEvent, StepOutcome } from '@causeway/contracts';
import type { StartedRun, Step } from '../runs/domain/run.ts';
import { budgetOf } from '../runs/domain/run.ts';

/** The newest event of a step, with its position: what an outcome is told from. */
export type StepEvent = { readonly event: RunOrchestratorEvent; readonly position: number };

/** A recorded event of run-orchestrator as its contract types it: only this service writes them. */
export const asStepEvent = (recorded: RecordedEvent): StepEvent => ({
  event: { type: recorded.type, data: recorded.data } as RunOrchestratorEvent,
  position: recorded.position,
});

/** The answer to a step: what the agent is told now, and whenever it asks again. */
export function outcomeOf(run: StartedRun, step: Step, newest: StepEvent, at: string): StepOutcome {
  return {
    runId: run.runId,
    stepId: step.stepId,
    capability: step.capability,
    state: step.state,
    attempt: step.attempt,
    ...(step.rule ? { rule: step.rule } : {}),
    ...(step.approvalId ? { approvalId: step.approvalId } : {}),
    ...factsOf(newest.event),
    budget: budgetOf(run, at),
    position: newest.position,
  };
}

function factsOf(event: RunOrchestratorEvent): Pick<StepOutcome, 'result' | 'rejection' | 'usage'> {
  switch (event.type) {
    case 'step.succeeded':
      return { result: event.data.result, usage: event.data.usage };
    case 'step.failed':
      return { rejection: event.data.rejection, usage: event.data.usage, ...(event.data.result ? { result: event.data.result } : {}) };
    case 'step.denied':
      return { rejection: event.data.rejection };
    case 'step.unknown':
      return { rejection: { code: 'STEP_OUTCOME_UNKNOWN', detail: event.data.reason } };
    default:
      return {};
  }
}
