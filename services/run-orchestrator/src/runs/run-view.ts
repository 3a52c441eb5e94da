import type { RunOrchestratorEvent, RunView } from '@causeway/contracts';
import type { Recorded } from '@causeway/eventing';
import { budgetOf, type Run } from './domain/run.ts';
import { runsProjection, toRunView, type RunDocument } from './runs.projection.ts';

export type JustSealed = {
  readonly events: readonly RunOrchestratorEvent[];
  readonly position: number | undefined;
  /** The view, which may not hold the events yet. */
  readonly seen: RunDocument | undefined;
  readonly at: string;
};

/**
 * The view of a run right after a command, before the projection has caught up: what was seen last, with the command's own events applied.
 * State and budget come from the decider, which knows best.
 */
export function runViewOf(run: Run, { events, position, seen, at }: JustSealed): RunView {
  if (run.kind === 'none') throw new Error('a run that was just written is not there');
  const fresh = position !== undefined && position > (seen?.position ?? -1) ? events : [];
  const document = fresh.reduce<RunDocument | undefined>((view, event) => {
    const recorded = { ...event, stream: run.runId, position: position ?? 0 } as unknown as Recorded;
    return runsProjection.keysOf(recorded).length > 0 ? (runsProjection.evolve(view, recorded, run.runId) ?? view) : view;
  }, seen);
  const view = document ? toRunView(document, at) : undefined;
  const facts = { runId: run.runId, sessionId: run.sessionId, agentId: run.agentId, goal: run.goal, predicate: run.predicate };
  const base = view ?? { claimed: false, verified: false, startedAt: at, position: position ?? 0 };
  return { ...base, ...facts, state: run.phase.state, budget: budgetOf(run, at) };
}
