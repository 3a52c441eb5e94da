import { z } from 'zod';
import { ERASED_TEXT } from '../../erasable.ts';
import {
  ApprovalId,
  CheckpointId,
  PauseId,
  PrincipalId,
  ResourceId,
  RunId,
  ScheduleId,
  SessionId,
  Sha256Hex,
  SignalId,
  SignalName,
} from '../../ids.ts';
import { JsonObject } from '../../json.ts';
import { PolicyRef } from '../../policy-ref.ts';
import { BudgetLimits, ChargedMeter, Meter, OnLimit } from '../budget.ts';
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
      /** What happens at the limits; of a meter that is left out: `stop`. */
      onLimit: z.partialRecord(Meter, OnLimit).optional(),
      /** Meters of which the run uses only what it was allotted by the pools above it; left out: none. */
      pooled: z.array(ChargedMeter).optional(),
      predicate: Predicate,
      subgoals: Subgoals.optional(),
      policy: PolicyRef,
      startedBy: PrincipalId,
      /** When it becomes active; left out: at once. */
      startsAt: At.optional(),
      /** The occurrence of a schedule that it is the run of. */
      schedule: z.strictObject({ scheduleId: ScheduleId, occurrence: At }).optional(),
      at: At,
      /** Its session says so, too, and is released by its end. Left out by earlier versions, which did not tell the session. */
      occupiesSession: z.literal(true).optional(),
      /** For how long its agent may be silent, and for how long it may last, pauses included, in ms. Left out: without limit. */
      agentLeaseMs: z.int().min(1).optional(),
      maxLifeMs: z.int().min(1).optional(),
      /** How many steps may be started before a checkpoint has to be made. Left out: any number. */
      segmentSteps: z.int().min(1).optional(),
    }),
  },
  /** A run that was to start later is active now; its budget's window opens here. */
  'run.activated': { data: z.strictObject({ activatedBy: PrincipalId, at: At }) },
  'run.paused': {
    erasable: { reason: undefined },
    data: z.strictObject({
      cause: PauseCause,
      deadlineAt: At,
      wallClockUsedMs: z.int().min(0),
      approvalId: ApprovalId.optional(),
      pauseId: PauseId.optional(),
      /** The signal that ends the pause. */
      waitsFor: SignalName.optional(),
      /** When the clock ends the pause, well. */
      resumeAt: At.optional(),
      reason: z.string().optional(),
      at: At,
    }),
  },
  'run.resumed': {
    erasable: { reason: undefined },
    data: z.strictObject({
      cause: PauseCause,
      by: PrincipalId,
      /** The command that asked for it, and the signal that did it. */
      resumeId: PauseId.optional(),
      signalId: SignalId.optional(),
      reason: z.string().optional(),
      at: At,
    }),
  },
  /** Its agent gave a sign of life. Sealed seldom: at most once in each third of the agent's lease. */
  'run.heard': { data: z.strictObject({ by: PrincipalId, at: At }) },
  /** Somebody outside says that something happened. Kept until the run waits for it, and used once. */
  'run.signalled': {
    erasable: { data: {} },
    data: z.strictObject({ signalId: SignalId, name: SignalName, data: JsonObject, by: PrincipalId, at: At }),
  },
  /** The agent wanted to wait for a signal that had come already: it is used, and the run does not pause. */
  'run.awaited': {
    data: z.strictObject({ pauseId: PauseId.optional(), name: SignalName, signalId: SignalId, at: At }),
  },
  /** What the agent needs to go on is kept; the body was durable before. */
  'run.checkpointed': {
    erasable: { note: ERASED_TEXT },
    data: z.strictObject({
      checkpointId: CheckpointId,
      resourceId: ResourceId,
      sha256: Sha256Hex,
      sizeBytes: z.int().min(0),
      note: z.string(),
      by: PrincipalId,
      at: At,
    }),
  },
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
