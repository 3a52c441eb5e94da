import { readStream, type StepOutcome } from '@causeway/contracts';
import { DependencyError } from '@causeway/messaging';
import type { Parts } from '../parts.ts';
import { budgetStatus } from '../runs/domain/budget.ts';
import { stepOf, type StartedRun, type Step } from '../runs/domain/run.ts';
import { outcomeOf, stepEvent, type StepEvent } from './outcome.ts';
import type { Running } from './running.ts';

export type StepLedger = ReturnType<typeof stepLedger>;

/** Reads of steps from the ledger itself: what the views leave out, or do not hold yet. Throws DependencyError when it cannot be read. */
export function stepLedger({ handlers, bus, edge, executor, capabilities }: Parts) {
  async function eventAt(runId: string, version: number): Promise<StepEvent> {
    const meta = { id: `read-${runId}-${version}`, actor: { kind: 'system' as const, id: executor } };
    const question = { stream: runId, fromVersion: version, limit: 1 };
    const reply = await bus.request(readStream, question, meta, { attemptMs: 2_000 });
    const recorded = reply.ok ? reply.value.events[0] : undefined;
    if (recorded) return stepEvent(recorded);
    throw new DependencyError('LEDGER_UNAVAILABLE', `event ${version} of ${runId} could not be read; ask again`);
  }

  async function outcome(run: StartedRun, step: Step): Promise<StepOutcome> {
    const newest = await eventAt(run.runId, step.version);
    return outcomeOf({ ...step, runId: run.runId }, newest, budgetStatus(run.budget, edge.now()));
  }

  return {
    eventAt,
    outcome,
    /** The outcome as the ledger has it now. */
    outcomeNow: async (runId: string, stepId: string): Promise<StepOutcome> => {
      const run = await handlers.runs.load(runId);
      if (run.kind === 'none') throw new DependencyError('RUN_NOT_FOUND', `there is no run ${runId}; check the id`);
      const step = stepOf(run, stepId);
      if (!step) throw new DependencyError('STEP_NOT_FOUND', `this run has no step ${stepId}; check the id`);
      return outcome(run, step);
    },
    /**
     * What a step is executed with, read back from its request: a started one with the capability as it was then, a held one with that of
     * today, which its approval has to fit. Undefined when the request was erased, or there is no such capability.
     */
    running: async (run: StartedRun, step: Step): Promise<Running | undefined> => {
      const { event } = await eventAt(run.runId, step.requestedVersion);
      if (event.type !== 'step.requested' || event.erased) return undefined;
      const digest = step.state === 'held' ? undefined : event.data.capabilityDigest;
      const capability = await capabilities.asOf(step.capability, digest);
      if (!capability) return undefined;
      return { run, step, capability, input: event.data.input };
    },
  };
}
