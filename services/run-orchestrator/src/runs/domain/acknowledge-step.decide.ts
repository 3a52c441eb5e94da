import { accept, refuse } from '@causeway/eventing';
import type { RunOrchestratorEvent } from '@causeway/contracts';
import type { StepCommand } from './run.commands.ts';
import type { RunDecision } from './run.refusals.ts';
import type { Step } from './run.ts';

/** A person says what became of a step whose outcome is unknown. It counts for nothing but the record: the outcome stays unknown. */
export function acknowledge(
  { stepId, finding, note, by: acknowledgedBy, at }: Extract<StepCommand, { type: 'acknowledge' }>,
  step: Step,
): RunDecision {
  if (step.state !== 'unknown') {
    const detail = `step ${stepId} is ${step.state}; only a step whose outcome is unknown is acknowledged`;
    return refuse({ code: 'STEP_OUTCOME_KNOWN', detail });
  }
  if (step.finding === finding) return accept();
  if (step.finding !== undefined) {
    const detail = `somebody found that step ${stepId} ${step.finding}, and a finding stays; read the run's events to see who`;
    return refuse({ code: 'STEP_ALREADY_ACKNOWLEDGED', detail });
  }
  return accept<RunOrchestratorEvent>({
    type: 'step.acknowledged',
    data: { stepId, at, finding, note, acknowledgedBy },
  });
}
