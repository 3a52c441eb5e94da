import { z } from 'zod';
import { ScheduleId, SessionId } from '../ids.ts';
import {
  cancelOccurrence as cancelOne,
  cancelSchedule as cancel,
  changeSchedule as change,
  createSchedule as create,
  getSchedule as get,
  listSchedules as list,
  pauseSchedule as pause,
  resumeSchedule as resume,
} from '../run-orchestrator/schedule-commands.ts';
import { askedChange, askedDefinition, ScheduleState, ScheduleView } from '../run-orchestrator/schedule.ts';
import { OPERATORS, READERS } from './roles.ts';
import { defineRoute, queryAfter, queryLimit, queryMinPosition, Reason } from './route.ts';

const tag = 'schedules';
const params = z.strictObject({ scheduleId: ScheduleId });
const ofASchedule = { description: 'The schedule', schema: ScheduleView } as const;
const because = z.strictObject({ reason: Reason });

export const scheduleRoutes = {
  createSchedule: defineRoute({
    operationId: 'createSchedule',
    tag,
    method: 'POST',
    path: '/v1/schedules',
    summary: 'Make a schedule: a series of runs of one session',
    description:
      'Due by a cron pattern in a time zone, every so many ms from an anchor, at an instant, or after a delay. Each occurrence starts one run.',
    roles: OPERATORS,
    body: z.strictObject({ sessionId: SessionId, ...askedDefinition }),
    idempotencyKey: 'The same key names the same schedule; with other content it is SCHEDULE_ALREADY_CREATED.',
    responses: { 201: { description: 'The schedule', schema: ScheduleView } },
    problems: create.rejections,
  }),
  listSchedules: defineRoute({
    operationId: 'listSchedules',
    tag,
    method: 'GET',
    path: '/v1/schedules',
    summary: 'List schedules, newest first',
    description: 'An agent sees the schedules of its own session.',
    roles: ['agent', ...READERS],
    query: z.strictObject({ state: ScheduleState.optional(), limit: queryLimit(200, 50), after: queryAfter }),
    responses: { 200: { description: 'A page of schedules', schema: list.reply } },
    problems: list.rejections,
  }),
  getSchedule: defineRoute({
    operationId: 'getSchedule',
    tag,
    method: 'GET',
    path: '/v1/schedules/{scheduleId}',
    summary: 'Read a schedule, with its next and its newest occurrences',
    roles: ['agent', ...READERS],
    params,
    query: z.strictObject({ minPosition: queryMinPosition }),
    responses: { 200: ofASchedule },
    problems: get.rejections,
  }),
  changeSchedule: defineRoute({
    operationId: 'changeSchedule',
    tag,
    method: 'POST',
    path: '/v1/schedules/{scheduleId}/change',
    summary: 'Change a schedule from now on',
    description: 'What is left out stays as it is.',
    roles: OPERATORS,
    params,
    body: z.strictObject(askedChange),
    responses: { 200: ofASchedule },
    problems: change.rejections,
  }),
  pauseSchedule: defineRoute({
    operationId: 'pauseSchedule',
    tag,
    method: 'POST',
    path: '/v1/schedules/{scheduleId}/pause',
    summary: 'Pause a series',
    description: 'Runs that it has started go on. What would have been due meanwhile is not made up for.',
    roles: OPERATORS,
    params,
    body: because,
    responses: { 200: ofASchedule },
    problems: pause.rejections,
  }),
  resumeSchedule: defineRoute({
    operationId: 'resumeSchedule',
    tag,
    method: 'POST',
    path: '/v1/schedules/{scheduleId}/resume',
    summary: 'Let a paused series go on',
    roles: OPERATORS,
    params,
    body: because,
    responses: { 200: ofASchedule },
    problems: resume.rejections,
  }),
  cancelSchedule: defineRoute({
    operationId: 'cancelSchedule',
    tag,
    method: 'POST',
    path: '/v1/schedules/{scheduleId}/cancel',
    summary: 'End a series for good',
    description: 'Runs that it has started go on.',
    roles: OPERATORS,
    params,
    body: because,
    responses: { 200: ofASchedule },
    problems: cancel.rejections,
  }),
  cancelOccurrence: defineRoute({
    operationId: 'cancelOccurrence',
    tag,
    method: 'POST',
    path: '/v1/schedules/{scheduleId}/cancel-occurrence',
    summary: 'Take one occurrence out of a series, which goes on',
    description:
      'The next one when none is named. One to come, or one that waits, starts nothing; the run of one that has started is cancelled.',
    roles: OPERATORS,
    params,
    body: z.strictObject({ occurrence: z.iso.datetime().optional(), reason: Reason }),
    responses: { 200: ofASchedule },
    problems: cancelOne.rejections,
  }),
} as const;
