import type { RunOrchestratorEvent, RunState } from '@causeway/contracts';

/** Who may move a run along an edge. `system` acts on facts of the ledger, `clock` on deadlines. */
export const MOVERS = ['agent', 'operator', 'approver', 'clock', 'system'] as const;
export type Mover = (typeof MOVERS)[number];

export type Edge = { readonly from: RunState | 'none'; readonly to: RunState; readonly by: readonly Mover[] };

/** Every edge of a run's life. What is not here is refused by name. */
export const TRANSITIONS: readonly Edge[] = [
  // The clock starts the runs of schedules.
  { from: 'none', to: 'active', by: ['operator', 'clock'] },
  { from: 'none', to: 'scheduled', by: ['operator'] },
  { from: 'scheduled', to: 'active', by: ['clock'] },
  { from: 'scheduled', to: 'cancelled', by: ['agent', 'operator', 'system'] },
  { from: 'active', to: 'paused', by: ['agent', 'operator', 'system', 'clock'] },
  { from: 'active', to: 'done', by: ['system'] },
  { from: 'active', to: 'failed', by: ['clock'] },
  { from: 'active', to: 'cancelled', by: ['agent', 'operator', 'system'] },
  { from: 'paused', to: 'active', by: ['operator', 'approver', 'clock', 'system'] },
  { from: 'paused', to: 'done', by: ['operator'] },
  { from: 'paused', to: 'failed', by: ['clock'] },
  { from: 'paused', to: 'cancelled', by: ['agent', 'operator', 'system'] },
];

const STATE_AFTER: { readonly [Type in RunOrchestratorEvent['type']]?: RunState } = {
  'run.activated': 'active',
  'run.paused': 'paused',
  'run.resumed': 'active',
  'run.done': 'done',
  'run.failed': 'failed',
  'run.cancelled': 'cancelled',
};

function stateAfter(event: RunOrchestratorEvent): RunState | undefined {
  if (event.type === 'run.started') return event.data.startsAt === undefined ? 'active' : 'scheduled';
  return STATE_AFTER[event.type];
}

/** Whether this mover may take a run from one state to the other. */
export function mayMove(from: RunState | 'none', to: RunState, mover: Mover): boolean {
  return TRANSITIONS.some((edge) => edge.from === from && edge.to === to && edge.by.includes(mover));
}

/** The first move among these events that is not this mover's to make; undefined when all are. */
export function forbiddenMove(
  from: RunState | 'none',
  events: readonly RunOrchestratorEvent[],
  mover: Mover,
): { readonly from: RunState | 'none'; readonly to: RunState } | undefined {
  let state = from;
  for (const event of events) {
    const to = stateAfter(event);
    if (to === undefined) continue;
    if (!mayMove(state, to, mover)) return { from: state, to };
    state = to;
  }
  return undefined;
}
