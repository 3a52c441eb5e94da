import { z } from 'zod';
import { ERASED_TEXT } from '../../erasable.ts';
import { PrincipalId } from '../../ids.ts';
import { Subgoal, SubgoalId } from '../subgoal.ts';
import { At, Unmet } from './common.ts';

const subgoal = { subgoalId: SubgoalId, at: At };

/** Events of a run's subgoals, in the run's own stream. */
export const subgoalEvents = {
  'subgoal.added': {
    erasable: { goal: ERASED_TEXT },
    data: z.strictObject({ ...Subgoal.shape, addedBy: PrincipalId, at: At }),
  },
  /** From here on steps are taken for it; what was shown before does not count for it. */
  'subgoal.started': { data: z.strictObject(subgoal) },
  'subgoal.claimed': {
    erasable: { note: ERASED_TEXT },
    data: z.strictObject({ ...subgoal, claimedBy: PrincipalId, note: z.string() }),
  },
  'subgoal.done': {
    erasable: { evidence: [] },
    data: z.strictObject({ ...subgoal, verifiedBy: z.string(), evidence: z.array(z.string()) }),
  },
  /** A claim that the ledger does not bear out. */
  'subgoal.refused': {
    data: z.strictObject({ ...subgoal, claimedBy: PrincipalId, missing: z.string(), unmet: z.array(Unmet).optional() }),
  },
} as const;
