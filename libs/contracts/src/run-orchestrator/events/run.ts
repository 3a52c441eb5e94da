import { z } from 'zod';
import { ERASED_TEXT } from '../../erasable.ts';
import { ApprovalId, PrincipalId, RunId, ScheduleId, SessionId, Sha256Hex } from '../../ids.ts';
import { PolicyRef } from '../../policy-ref.ts';
import { BudgetLimits } from '../budget.ts';
import { PauseCause } from '../run-view.ts';
import { NoteKey, Predicate, Scalar } from '../predicates.ts';
import { Subgoals } from '../subgoal.ts';
import { At, Leaves, reason, Unmet } from './common.ts';

/** Events of a run's life. */
export const runEvents = {
  'run.started': {
    erasable: { goal: ERASED_TEXT, 'subgoals.*.goal': ERASED_TEXT },
    data: z.strictObject({
      runId: RunId,
      sessionId: SessionId,
      agentId: PrincipalId,
      goal: z.string(),
      budget: BudgetLimits,
      predicate: Predicate,
      subgoals: Subgoals.optional(),
      policy: PolicyRef,
      startedBy: PrincipalId,
      /** When it becomes active; left out: at once. */
      startsAt: At.optional(),
      /** The occurrence of a schedule that it is the run of. */
      schedule: z.strictObject({ scheduleId: ScheduleId, occurrence: At }).optional(),
      at: At,
    }),
  },
  /** A run that was to start later is active now; its budget's window opens here. */
  'run.activated': { data: z.strictObject({ activatedBy: PrincipalId, at: At }) },
  'run.paused': {
    data: z.strictObject({
      cause: PauseCause,
      deadlineAt: At,
      wallClockUsedMs: z.int().min(0),
      approvalId: ApprovalId.optional(),
      at: At,
    }),
  },
  'run.resumed': { data: z.strictObject({ cause: PauseCause, by: PrincipalId, at: At }) },
  'run.claimed': {
    erasable: { note: ERASED_TEXT },
    data: z.strictObject({ claimedBy: PrincipalId, note: z.string(), at: At }),
  },
  /** `evidence`: the steps that prove it, or what an operator said. */
  'run.done': {
    erasable: { evidence: [] },
    data: z.strictObject({
      verifiedBy: z.string(),
      evidence: z.array(z.string()),
      wallClockUsedMs: z.int().min(0),
      at: At,
    }),
  },
  'run.failed': {
    data: z.strictObject({ code: z.string(), reason: z.string(), wallClockUsedMs: z.int().min(0), at: At }),
  },
  'run.cancelled': {
    erasable: reason,
    data: z.strictObject({ cancelledBy: PrincipalId, reason: z.string(), wallClockUsedMs: z.int().min(0), at: At }),
  },
  /** The agent noted a value. Which leaves it now holds for is told here, because the value itself can be erased. */
  'run.noted': {
    erasable: { value: ERASED_TEXT },
    data: z.strictObject({
      key: NoteKey,
      value: Scalar,
      /** SHA-256 over the value as JSON: the same note again adds nothing. */
      digest: Sha256Hex,
      matches: Leaves,
      subgoalMatches: Leaves,
      notedBy: PrincipalId,
      at: At,
    }),
  },
  /** A completion claim that the ledger does not bear out; `unmet` says it leaf by leaf. */
  'claim.refused': {
    data: z.strictObject({
      claimedBy: PrincipalId,
      code: z.string(),
      missing: z.string(),
      unmet: z.array(Unmet).optional(),
      at: At,
    }),
  },
} as const;
