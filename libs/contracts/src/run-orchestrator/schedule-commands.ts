import { z } from 'zod';
import { defineCommand, defineQuery } from '../define.ts';
import { ScheduleId, SessionId } from '../ids.ts';
import { askedChange, askedDefinition, ScheduleState, ScheduleView } from './schedule.ts';

const owner = 'run-orchestrator';
const Reason = z.string().min(1).max(1000);
const Occurrence = z.iso.datetime();
const ofOne = { scheduleId: ScheduleId, reason: Reason };

/** Makes a schedule: a series of runs of one session, each from the same template. */
export const createSchedule = defineCommand({
  owner,
  name: 'create-schedule',
  data: z.strictObject({ scheduleId: ScheduleId, sessionId: SessionId, ...askedDefinition }),
  reply: ScheduleView,
  rejections: [
    'SCHEDULE_ALREADY_CREATED',
    'SCHEDULE_INVALID',
    'SESSION_NOT_FOUND',
    'SESSION_REVOKED',
    'BUDGET_ABOVE_LIMIT',
    'CAPABILITY_UNKNOWN',
    'PREDICATE_PROVES_NOTHING',
    'LEDGER_UNAVAILABLE',
  ],
});

/** Changes what is given of a schedule. Occurrences that were due before keep what they had. */
export const changeSchedule = defineCommand({
  owner,
  name: 'change-schedule',
  data: z.strictObject({ scheduleId: ScheduleId, ...askedChange }),
  reply: ScheduleView,
  rejections: [
    'SCHEDULE_NOT_FOUND',
    'SCHEDULE_NOT_ACTIVE',
    'SCHEDULE_INVALID',
    'BUDGET_ABOVE_LIMIT',
    'CAPABILITY_UNKNOWN',
    'PREDICATE_PROVES_NOTHING',
    'LEDGER_UNAVAILABLE',
  ],
});

/** Nothing is due while a schedule is paused, and what would have been is not made up for. */
export const pauseSchedule = defineCommand({
  owner,
  name: 'pause-schedule',
  data: z.strictObject(ofOne),
  reply: ScheduleView,
  rejections: ['SCHEDULE_NOT_FOUND', 'SCHEDULE_NOT_ACTIVE', 'LEDGER_UNAVAILABLE'],
});
export const resumeSchedule = defineCommand({
  owner,
  name: 'resume-schedule',
  data: z.strictObject(ofOne),
  reply: ScheduleView,
  rejections: ['SCHEDULE_NOT_FOUND', 'SCHEDULE_NOT_ACTIVE', 'LEDGER_UNAVAILABLE'],
});
/** Ends the series for good. Runs that it has started go on. */
export const cancelSchedule = defineCommand({
  owner,
  name: 'cancel-schedule',
  data: z.strictObject(ofOne),
  reply: ScheduleView,
  rejections: ['SCHEDULE_NOT_FOUND', 'SCHEDULE_NOT_ACTIVE', 'LEDGER_UNAVAILABLE'],
});

/**
 * Takes one occurrence out of the series, the next one when none is named: one to come is left out, one that waits waits no more, and the run
 * of one that has started is cancelled. The series goes on.
 */
export const cancelOccurrence = defineCommand({
  owner,
  name: 'cancel-occurrence',
  data: z.strictObject({ ...ofOne, occurrence: Occurrence.optional() }),
  reply: ScheduleView,
  rejections: ['SCHEDULE_NOT_FOUND', 'SCHEDULE_NOT_ACTIVE', 'OCCURRENCE_NOT_FOUND', 'LEDGER_UNAVAILABLE'],
});

export const getSchedule = defineQuery({
  owner,
  name: 'get-schedule',
  data: z.strictObject({
    scheduleId: ScheduleId,
    sessionId: SessionId.optional(),
    minPosition: z.int().min(0).optional(),
  }),
  reply: ScheduleView,
  rejections: ['SCHEDULE_NOT_FOUND', 'PROJECTION_BEHIND'],
});
/** Newest first; `after` is the last schedule id of the page before. */
export const listSchedules = defineQuery({
  owner,
  name: 'list-schedules',
  data: z.strictObject({
    sessionId: SessionId.optional(),
    state: ScheduleState.optional(),
    limit: z.int().min(1).max(200).default(50),
    after: z.string().max(128).optional(),
  }),
  reply: z.strictObject({ schedules: z.array(ScheduleView), next: z.string().optional() }),
  rejections: [],
});
