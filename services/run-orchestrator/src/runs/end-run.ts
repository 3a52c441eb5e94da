import type { RunOrchestratorEvent } from '@causeway/contracts';
import type { Parts } from '../parts.ts';
import type { HeldSteps } from '../steps/held-steps.ts';
import { stepOf, type Run } from './domain/run.ts';

/** Ends runs in the system's own name. Safe to ask any number of times. */
export function runEnder({ handlers, edge, executor }: Parts, held: HeldSteps) {
  return async (runId: string, reason: string): Promise<void> => {
    const command = { type: 'cancel' as const, reason, mover: 'system' as const, by: executor, at: edge.now() };
    const actor = { kind: 'system' as const, id: executor };
    const handled = await handlers.runs.handle(runId, command, { actor, correlationId: runId });
    if (handled.accepted) await settleHolds(handled, held);
  };
}
export type EndRun = ReturnType<typeof runEnder>;

/** Withdraws the approval that a step was waiting for when its run ended. */
export async function settleHolds(
  { events, state }: { readonly events: readonly RunOrchestratorEvent[]; readonly state: Run },
  held: HeldSteps,
): Promise<void> {
  for (const event of events) {
    if (event.type !== 'step.denied' || state.kind === 'none') continue;
    const approvalId = stepOf(state, event.data.stepId)?.approvalId;
    if (approvalId !== undefined) await held.settle(approvalId);
  }
}
