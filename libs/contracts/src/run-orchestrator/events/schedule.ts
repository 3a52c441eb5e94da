import { z } from 'zod';
import { ERASED_TEXT } from '../../erasable.ts';
import { PrincipalId, RunId, ScheduleId, SessionId } from '../../ids.ts';
import { ErrorCodeName } from '../../rejection.ts';
import { RunEnd, ScheduleDefinition, SkipReason } from '../schedule.ts';
import { At, reason } from './common.ts';

const goal = { 'definition.template.goal': ERASED_TEXT } as const;
/**
 * When the series is due next, worked out when the event was sealed; left out when no occurrence is left. Recorded, because time zones
 * change their rules: a rebuild must not work out another instant than the one that was acted upon.
 */
const nextAt = At.optional();

/** Events of a schedule: a series of runs. An occurrence is named by the instant at which it is due. */
export const scheduleEvents = {
  'schedule.created': {
    erasable: goal,
    data: z.strictObject({
      scheduleId: ScheduleId,
      sessionId: SessionId,
      agentId: PrincipalId,
      definition: ScheduleDefinition,
      nextAt,
      createdBy: PrincipalId,
      at: At,
    }),
  },
  'schedule.changed': {
    erasable: goal,
    data: z.strictObject({ definition: ScheduleDefinition, nextAt, changedBy: PrincipalId, at: At }),
  },
  'schedule.paused': {
    erasable: reason,
    data: z.strictObject({
      why: z.enum(['operator', 'run-failed']),
      pausedBy: PrincipalId,
      reason: z.string(),
      at: At,
    }),
  },
  'schedule.resumed': {
    erasable: reason,
    data: z.strictObject({ resumedBy: PrincipalId, reason: z.string(), nextAt, at: At }),
  },
  'schedule.cancelled': {
    erasable: reason,
    data: z.strictObject({
      why: z.enum(['operator', 'session-revoked', 'erased']),
      cancelledBy: PrincipalId,
      reason: z.string(),
      at: At,
    }),
  },
  /** One occurrence was taken out by a person, before it was due or while it waited. */
  'schedule.excluded': {
    erasable: reason,
    data: z.strictObject({ occurrence: At, excludedBy: PrincipalId, reason: z.string(), at: At }),
  },
  /** The occurrence waits until a run is over: that of an occurrence before it, or another one of the session. */
  'schedule.queued': { data: z.strictObject({ occurrence: At, behind: RunId.optional(), nextAt, at: At }) },
  /** Sealed in the same append as the start of its run. */
  'schedule.fired': { data: z.strictObject({ occurrence: At, runId: RunId, nextAt, at: At }) },
  /** Occurrences that start no run: `count` of them, at least, from `occurrence` through `through`. */
  'schedule.skipped': {
    data: z.strictObject({
      occurrence: At,
      through: At,
      count: z.int().min(1),
      why: SkipReason,
      code: ErrorCodeName.optional(),
      nextAt,
      at: At,
    }),
  },
  /** How the run of an occurrence ended. */
  'schedule.settled': { data: z.strictObject({ occurrence: At, runId: RunId, outcome: RunEnd, at: At }) },
} as const;
