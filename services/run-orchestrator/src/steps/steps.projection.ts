import type { RunOrchestratorEvent, StepView } from '@causeway/contracts';
import type { DocumentProjection } from '@causeway/postgres';

export type StepDocument = StepView & {
  readonly openedAtPosition: number;
  /** Version of the step's newest event in the run's stream: its outcome is read from there. */
  readonly version: number;
  /** When the newest attempt started. */
  readonly startedAt?: string;
  readonly executor?: string;
  readonly deadlineAt?: string;
};

type StepEvent = Extract<RunOrchestratorEvent, { type: `step.${string}` | 'policy.decided' }>;

const STEP_EVENTS = /^(?:step\.|policy\.decided$)/;

/** Steps by run and step id. Inputs and results stay in the ledger. */
export const stepsProjection: DocumentProjection<StepDocument> = {
  table: 'step_view',
  keysOf: ({ type, stream, data }) =>
    STEP_EVENTS.test(type) ? [`${stream}/${(data as StepEvent['data']).stepId}`] : [],
  begins: ({ type }) => type === 'step.requested',
  evolve: (step, recorded) => {
    const event = recorded as unknown as StepEvent;
    const { position, stream, version } = recorded;
    const next =
      event.type === 'step.requested'
        ? requested(event.data, { runId: stream, position })
        : step && changed(step, event);
    if (event.type === 'step.acknowledged') return next;
    return next && { ...next, position, version };
  },
};

/** Open until the events that were sealed with it are seen: a view can stand in the middle of an append. */
function requested(
  { stepId, capability, subgoal, at }: Extract<StepEvent, { type: 'step.requested' }>['data'],
  { runId, position }: { runId: string; position: number },
): StepDocument {
  return {
    ...{ runId, stepId, capability, state: 'started', attempt: 0, requestedAt: at },
    ...(subgoal ? { subgoalId: subgoal.subgoalId } : {}),
    ...{ openedAtPosition: position, position, version: 0 },
  };
}

function changed(step: StepDocument, event: StepEvent): StepDocument {
  switch (event.type) {
    case 'step.requested':
      return step;
    case 'policy.decided':
      return { ...step, rule: event.data.rule };
    case 'step.started': {
      const { attempt, executor, deadlineAt, at: startedAt, grantId } = event.data;
      return { ...step, state: 'started', attempt, startedAt, executor, deadlineAt, ...(grantId ? { grantId } : {}) };
    }
    case 'step.held':
      return { ...step, state: 'held', approvalId: event.data.approvalId };
    case 'step.killed':
      return step;
    case 'step.succeeded':
      return { ...step, state: 'succeeded', endedAt: event.data.at };
    case 'step.denied':
      return { ...step, state: 'denied', code: event.data.rejection.code, endedAt: event.data.at };
    case 'step.failed':
      return { ...step, state: 'failed', code: event.data.rejection.code, endedAt: event.data.at };
    case 'step.unknown':
      return { ...step, state: 'unknown', code: 'STEP_OUTCOME_UNKNOWN', endedAt: event.data.at };
    case 'step.acknowledged':
      return { ...step, finding: event.data.finding };
  }
}

/** The document as the contract shows it. */
export function toStepView({
  openedAtPosition: _,
  version: __,
  startedAt: ___,
  executor: ____,
  deadlineAt: _____,
  ...view
}: StepDocument): StepView {
  return view;
}
