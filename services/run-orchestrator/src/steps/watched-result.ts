import { watchedIn, type Watched } from '../runs/domain/predicates/watched.ts';
import type { StartedRun, Step } from '../runs/domain/run.ts';

/** What the predicates of a run and of the subgoal of a step look for in the step's result. */
export type WatchedResult = { readonly run: readonly Watched[]; readonly subgoal: readonly Watched[] };

export function watchedResult({ predicate, subgoals }: StartedRun, { bears, subgoal }: Step): WatchedResult {
  const of = subgoals?.find(({ subgoalId }) => subgoalId === subgoal?.subgoalId);
  return { run: watchedIn(predicate, bears), subgoal: of && subgoal ? watchedIn(of.predicate, subgoal.bears) : [] };
}
