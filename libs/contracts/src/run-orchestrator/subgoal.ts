import { z } from 'zod';
import { PrincipalId, StepId } from '../ids.ts';
import { SubgoalPredicate } from './predicates.ts';

/** Most subgoals that one run can be given, from first to last. */
export const MAX_SUBGOALS = 64;

/** A subgoal's name is the operator's own word, unique within its run. */
export const SubgoalId = StepId;

/** Part of a run's work: taken up in order, done by a predicate of its own, within a number of steps of the run's budget. */
export const Subgoal = z.strictObject({
  subgoalId: SubgoalId,
  goal: z.string().min(1).max(4000),
  predicate: SubgoalPredicate,
  /** How many steps may be started for it; left out: as many as the run has. */
  budget: z.strictObject({ steps: z.int().min(1).max(1_000_000) }).optional(),
});
export type Subgoal = z.infer<typeof Subgoal>;

/** Subgoals in the order in which they are taken up, no name twice. */
export const Subgoals = z
  .array(Subgoal)
  .min(1)
  .max(MAX_SUBGOALS)
  .superRefine((subgoals, context) => {
    const names = subgoals.map(({ subgoalId }) => subgoalId);
    names.forEach((name, at) => {
      if (names.indexOf(name) !== at)
        context.addIssue({ code: 'custom', path: [at, 'subgoalId'], message: `«${name}» is there twice` });
    });
  });

export const SUBGOAL_STATES = ['queued', 'active', 'done'] as const;
export const SubgoalState = z.enum(SUBGOAL_STATES);
export type SubgoalState = z.infer<typeof SubgoalState>;

export const SubgoalView = z.strictObject({
  ...Subgoal.shape,
  state: SubgoalState,
  /** The agent's newest claim stands: it was not refused. */
  claimed: z.boolean(),
  /** Steps that were started while it was the current subgoal. */
  stepsUsed: z.int().min(0),
  /** Who added it after the run had started. */
  addedBy: PrincipalId.optional(),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
});
export type SubgoalView = z.infer<typeof SubgoalView>;
