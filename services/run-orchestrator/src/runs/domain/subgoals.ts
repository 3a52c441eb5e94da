import type { Predicate, Rejection, RunOrchestratorEvent, Subgoal, SubgoalState } from '@causeway/contracts';
import type { Room } from './reservation.ts';

/** A subgoal and where it stands. */
export type SubgoalStatus = Subgoal & {
  readonly isGoalErased?: true;
  readonly state: SubgoalState;
  readonly claimed: boolean;
  /** Steps that were started while it was the current one. */
  readonly stepsUsed: number;
  /** Who added it once the run had started; left out for those that the run was started with. */
  readonly addedBy?: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
};

/** In the order in which they are taken up. Left out of a run that was given none. */
export type Subgoals = readonly SubgoalStatus[] | undefined;
type WithSubgoals = { readonly subgoals?: Subgoals };

/** The subgoal that steps are taken for now. */
export const currentSubgoal = ({ subgoals }: WithSubgoals): SubgoalStatus | undefined =>
  subgoals?.find(({ state }) => state === 'active');

/** The subgoal to take up once nothing is under way; undefined while another is current. */
export const nextSubgoal = (run: WithSubgoals): SubgoalStatus | undefined =>
  currentSubgoal(run) ? undefined : run.subgoals?.find(({ state }) => state === 'queued');

/** Names of the subgoals that are not done; undefined when there are none at all. */
export const openSubgoals = ({ subgoals }: WithSubgoals): readonly string[] | undefined =>
  subgoals?.filter(({ state }) => state !== 'done').map(({ subgoalId }) => subgoalId);

export const queued = (
  { subgoalId, goal, predicate, budget }: Subgoal & { readonly predicate: Predicate },
  { addedBy, erased }: { readonly addedBy?: string; readonly erased: boolean },
): SubgoalStatus => ({
  ...{ subgoalId, goal, predicate, ...(budget ? { budget } : {}) },
  ...(erased ? { isGoalErased: true } : {}),
  ...{ state: 'queued', claimed: false, stepsUsed: 0, ...(addedBy === undefined ? {} : { addedBy }) },
});

/** The subgoals of a run after an event. */
export function evolveSubgoals(subgoals: Subgoals, event: RunOrchestratorEvent): Subgoals {
  switch (event.type) {
    case 'subgoal.added': {
      const { addedBy, at: _, ...subgoal } = event.data;
      return [...(subgoals ?? []), queued(subgoal, { addedBy, erased: event.erased === true })];
    }
    case 'subgoal.started':
      return changed(subgoals, event.data.subgoalId, { state: 'active', startedAt: event.data.at });
    case 'subgoal.claimed':
      return changed(subgoals, event.data.subgoalId, { claimed: true });
    case 'subgoal.refused':
      return changed(subgoals, event.data.subgoalId, { claimed: false });
    case 'subgoal.done':
      return changed(subgoals, event.data.subgoalId, { state: 'done', endedAt: event.data.at });
    case 'budget.reserved': {
      const current = currentSubgoal({ subgoals });
      if (!current) return subgoals;
      return changed(subgoals, current.subgoalId, { stepsUsed: current.stepsUsed + event.data.steps });
    }
    default:
      return subgoals;
  }
}

const changed = (subgoals: Subgoals, subgoalId: string, change: Partial<SubgoalStatus>): Subgoals =>
  subgoals?.map((subgoal) => (subgoal.subgoalId === subgoalId ? { ...subgoal, ...change } : subgoal));

/** Why no step can be started for the current subgoal any more. */
function subgoalBudgetRefusal(run: WithSubgoals): Rejection | undefined {
  const { subgoalId, budget, stepsUsed } = currentSubgoal(run) ?? {};
  if (!budget || stepsUsed === undefined || stepsUsed < budget.steps) return undefined;
  const detail = `all ${budget.steps} steps of the subgoal ${subgoalId} are used or reserved; claim it, or ask an operator`;
  return { code: 'BUDGET_STEPS_EXHAUSTED', detail };
}

/** The room for a step, as far as the current subgoal's own budget has some too. */
export function withinSubgoal(room: Room, run: WithSubgoals): Room {
  const rejection = room.kind === 'refused' ? undefined : subgoalBudgetRefusal(run);
  return rejection ? { kind: 'refused', rejection } : room;
}
