import type { Actor, RunOrchestratorEvent } from '@causeway/contracts';
import type { Parts } from '../parts.ts';
import type { HeldSteps } from '../steps/held-steps.ts';
import { stepOf, type Run } from './domain/run.ts';

type InTheNameOf = { readonly actor: Actor; readonly id: string };

/** Ends runs, in the system's own name or in that of who asks. Safe to ask any number of times; resolves to whether this ended it. */
export function runEnder({ handlers, edge, executor }: Parts, held: HeldSteps) {
  return async (runId: string, reason: string, asked?: InTheNameOf): Promise<boolean> => {
    const actor = asked?.actor ?? { kind: 'system' as const, id: executor };
    const command = { type: 'cancel' as const, reason, mover: 'system' as const, by: actor.id, at: edge.now() };
    const cause = asked ? { causationId: asked.id } : {};
    const handled = await handlers.runs.handle(runId, command, { actor, correlationId: runId, ...cause });
    if (handled.accepted) await settleHolds(handled, held);
    return handled.accepted && handled.events.length > 0;
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
