import type { RunOrchestratorEvent, StepView } from '@causeway/contracts';
import type { DocumentProjection } from '@causeway/postgres';

export type StepDocument = StepView & {
  readonly openedAtPosition: number;
  readonly executor?: string;
  readonly deadlineAt?: string;
};

const STEP_EVENTS = new Set(['step.requested', 'policy.decided', 'step.started', 'step.held', 'step.denied', 'step.succeeded', 'step.failed', 'step.unknown']);

/** Steps by run and step id. Inputs and results stay in the ledger. */
export const stepsProjection: DocumentProjection<StepDocument> = {
  table: 'step_view',
  keysOf: ({ type, stream, data }) => (STEP_EVENTS.has(type) ? [`${stream}/${(data as { stepId: string }).stepId}`] : []),
  evolve: (step, recorded) => {
    const event = recorded as unknown as RunOrchestratorEvent;
    const { position, stream } = recorded;
    const next = event.type === 'step.requested' ? requested(event.data, { runId: stream, position }) : step && changed(step, event);
    return next && { ...next, position };
  },
};

function requested(
  { stepId, capability, at }: Extract<RunOrchestratorEvent, { type: 'step.requested' }>['data'],
  { runId, position }: { runId: string; position: number },
): StepDocument {
  return { runId, stepId, capability, state: 'denied', attempt: 0, requestedAt: at, openedAtPosition: position, position };
}

function changed(step: StepDocument, event: RunOrchestratorEvent): StepDocument {
  switch (event.type) {
    case 'policy.decided':
      return { ...step, rule: event.data.rule };
    case 'step.started': {
      const { attempt, executor, deadlineAt } = event.data;
      return { ...step, state: 'started', attempt, executor, deadlineAt };
    }
    case 'step.held':
      return { ...step, state: 'held', approvalId: event.data.approvalId };
    case 'step.succeeded':
      return { ...step, state: 'succeeded', endedAt: event.data.at };
    case 'step.denied':
      return { ...step, state: 'denied', code: event.data.rejection.code, endedAt: event.data.at };
    case 'step.failed':
      return { ...step, state: 'failed', code: event.data.rejection.code, endedAt: event.data.at };
    case 'step.unknown':
      return { ...step, state: 'unknown', code: 'STEP_OUTCOME_UNKNOWN', endedAt: event.data.at };
    default:
      return step;
  }
}

/** The document as the contract shows it. */
export function toStepView({ openedAtPosition: _, executor: __, deadlineAt: ___, ...view }: StepDocument): StepView {
  return view;
}
