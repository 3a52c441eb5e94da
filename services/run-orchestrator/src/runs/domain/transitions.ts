import type { RunState } from '@causeway/contracts';

/** Who may move a run along an edge. `system` acts on facts of the ledger, `clock` on deadlines. */
export type Mover = 'agent' | 'operator' | 'approver' | 'clock' | 'system';

type Edge = { readonly from: RunState | 'none'; readonly to: RunState; readonly by: readonly Mover[] };

/**
 * Every edge of a run's life. What is not here is refused by name. `scheduled` has no feature yet: nothing leads to it.
 */
export const TRANSITIONS: readonly Edge[] = [
  { from: 'none', to: 'active', by: ['operator'] },
  { from: 'scheduled', to: 'active', by: ['clock', 'operator'] },
  { from: 'scheduled', to: 'cancelled', by: ['operator'] },
  { from: 'active', to: 'paused', by: ['system', 'operator'] },
  { from: 'active', to: 'done', by: ['system'] },
  { from: 'active', to: 'failed', by: ['clock', 'system'] },
  { from: 'active', to: 'cancelled', by: ['agent', 'operator', 'system'] },
  { from: 'paused', to: 'active', by: ['system', 'approver', 'operator', 'clock'] },
  { from: 'paused', to: 'done', by: ['operator'] },
  { from: 'paused', to: 'failed', by: ['clock', 'system'] },
  { from: 'paused', to: 'cancelled', by: ['agent', 'operator', 'system'] },
];

/** Whether this mover may take a run from one state to the other. */
export function mayMove(from: RunState | 'none', to: RunState, mover: Mover): boolean {
  return TRANSITIONS.some((edge) => edge.from === from && edge.to === to && edge.by.includes(mover));
}
