import {
  type AskedScheduleSpec,
  type cancelOccurrence,
  type cancelSchedule,
  type changeSchedule,
  type createSchedule,
  type DataOf,
  type getSchedule,
  type listSchedules,
  type pauseSchedule,
  type ReplyEnvelope,
  type ReplyOf,
  type resumeSchedule,
  type ScheduleDefinition,
  type ScheduleSpec,
  type ScheduleView,
} from '@causeway/contracts';
import { ok, rejected, type Incoming } from '@causeway/messaging';
import { later, runIdOf } from '../edge.ts';
import { lastPosition } from '../last-position.ts';
import type { KillSwitch } from '../kills/kill-switch.ts';
import type { Parts } from '../parts.ts';
import { hasEnded } from '../runs/domain/run.ts';
import type { Runs } from '../runs/runs.ts';
import { behind, paged, type Views } from '../views.ts';
import type { ScheduleCommand } from './domain/schedule.decide.ts';
import type { Schedule } from './domain/schedule.ts';
import { templateRefusal } from './prepare-run.ts';
import { scheduleViewOf } from './schedule-view.ts';
import { findSchedule, findSchedules } from './schedules.queries.ts';

type Meta = Incoming<typeof createSchedule>['meta'];
type Answer = ReplyEnvelope<ScheduleView>;
type Rooms = { readonly views: Views; readonly runs: Pick<Runs, 'cancel'>; readonly kills: KillSwitch };

/** What can be asked about schedules. */
export function createSchedules(parts: Parts, { views, runs, kills }: Rooms) {
  const { handlers, edge, ledger } = parts;

  async function handle(scheduleId: string, command: ScheduleCommand, meta: Meta): Promise<Answer> {
    const context = { actor: meta.actor, correlationId: scheduleId, causationId: meta.id };
    const handled = await handlers.schedules.handle(scheduleId, command, context);
    return handled.accepted
      ? ok(await viewOf(handled.state, handled.position))
      : { ok: false, rejection: handled.rejection };
  }

  async function viewOf(schedule: Schedule, position?: number): Promise<ScheduleView> {
    if (schedule.kind === 'none') throw new Error('a schedule that took a command is not there');
    return scheduleViewOf(schedule, position ?? (await lastPosition(ledger, schedule.scheduleId, schedule.version)));
  }

  const asked = (meta: Meta) => ({ by: meta.actor.id, at: edge.now() });
  const starter = (meta: Meta) => ({ ...asked(meta), mover: 'clock' as const });

  async function create({ data, meta }: Incoming<typeof createSchedule>): Promise<Answer> {
    const { scheduleId, sessionId, ...rest } = data;
    const session = await handlers.sessions.load(sessionId);
    const agentId = session.kind === 'session' ? session.agentId : '';
    const definition = definitionOf(rest, edge.now());
    const command = { type: 'create' as const, scheduleId, sessionId, agentId, definition, ...asked(meta) };
    // One that was created before has its first answer, also when it would be refused by now.
    const isKnown = (await handlers.schedules.load(scheduleId)).kind === 'schedule';
    const refused = isKnown
      ? undefined
      : await templateRefusal({ parts, kills }, { sessionId, template: rest.template }, starter(meta));
    return refused ?? handle(scheduleId, command, meta);
  }

  async function change({ data, meta }: Incoming<typeof changeSchedule>): Promise<Answer> {
    const { scheduleId, ...given } = data;
    const schedule = await handlers.schedules.load(scheduleId);
    if (schedule.kind === 'schedule' && given.template) {
      const of = { sessionId: schedule.sessionId, template: given.template };
      const refused = await templateRefusal({ parts, kills }, of, starter(meta));
      if (refused) return refused;
    }
    return handle(scheduleId, { type: 'change', change: changeOf(given, edge.now()), ...asked(meta) }, meta);
  }

  /** One that has started ends with its run; any other is taken out of the series. */
  async function cancelOne({ data, meta }: Incoming<typeof cancelOccurrence>): Promise<Answer> {
    const { scheduleId, reason } = data;
    const occurrence = data.occurrence === undefined ? undefined : later(data.occurrence, 0);
    const runId = occurrence === undefined ? undefined : runIdOf(scheduleId, occurrence);
    const run = runId === undefined ? undefined : await handlers.runs.load(runId);
    if (runId === undefined || run?.kind !== 'run') {
      return handle(scheduleId, { type: 'exclude', occurrence, reason, ...asked(meta) }, meta);
    }
    if (!hasEnded(run)) {
      const cancelled = await runs.cancel({ data: { runId, reason }, meta, subject: '' });
      if (!cancelled.ok)
        return rejected('OCCURRENCE_NOT_FOUND', `its run could not be cancelled: ${cancelled.rejection.detail}`);
    }
    return ok(await viewOf(await handlers.schedules.load(scheduleId)));
  }

  return {
    create,
    change,
    cancelOccurrence: cancelOne,
    pause: ({ data: { scheduleId, reason }, meta }: Incoming<typeof pauseSchedule>) =>
      handle(scheduleId, { type: 'pause', reason, ...asked(meta) }, meta),
    resume: ({ data: { scheduleId, reason }, meta }: Incoming<typeof resumeSchedule>) =>
      handle(scheduleId, { type: 'resume', reason, ...asked(meta) }, meta),
    cancel: ({ data: { scheduleId, reason }, meta }: Incoming<typeof cancelSchedule>) =>
      handle(scheduleId, { type: 'cancel', why: 'operator', reason, ...asked(meta) }, meta),
    get: async ({ data }: Incoming<typeof getSchedule>): Promise<Answer> => {
      const late = await behind(views, data.minPosition);
      if (late) return late;
      const schedule = await findSchedule(views.pool, data.scheduleId);
      const isVisible = schedule && (data.sessionId === undefined || data.sessionId === schedule.sessionId);
      return isVisible
        ? ok(scheduleViewOf(schedule, schedule.position))
        : rejected('SCHEDULE_NOT_FOUND', `there is no schedule ${data.scheduleId} here; check the id`);
    },
    list: async ({ data }: Incoming<typeof listSchedules>): Promise<ReplyEnvelope<ReplyOf<typeof listSchedules>>> => {
      const found = await findSchedules(views.pool, data);
      const { page, next } = paged(found, data.limit, ({ scheduleId }) => scheduleId);
      return ok({
        schedules: page.map((schedule) => scheduleViewOf(schedule, schedule.position)),
        ...(next ? { next } : {}),
      });
    },
  };
}
export type Schedules = ReturnType<typeof createSchedules>;

type Asked = Omit<DataOf<typeof createSchedule>, 'scheduleId' | 'sessionId'>;
type Change = Omit<DataOf<typeof changeSchedule>, 'scheduleId'>;

/** What was asked for, as it is recorded: instants in UTC, and none that depends on when it is read. */
function definitionOf({ spec, until, maxOccurrences, ...rest }: Asked, at: string): ScheduleDefinition {
  return {
    ...rest,
    spec: specOf(spec, at),
    ...(until === undefined ? {} : { until: later(until, 0) }),
    ...(maxOccurrences === undefined ? {} : { maxOccurrences }),
  };
}

function changeOf({ spec, until, ...rest }: Change, at: string): Partial<ScheduleDefinition> {
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return {
    ...given,
    ...(spec === undefined ? {} : { spec: specOf(spec, at) }),
    ...(until === undefined ? {} : { until: later(until, 0) }),
  };
}

function specOf(spec: AskedScheduleSpec, at: string): ScheduleSpec {
  switch (spec.kind) {
    case 'cron':
      return spec;
    case 'at':
      return { kind: 'at', at: later(spec.at, 0) };
    case 'delay':
      return { kind: 'at', at: later(at, spec.delayMs), delayMs: spec.delayMs };
    case 'every': {
      const { everyMs, anchorAt } = spec;
      if (anchorAt === undefined) return { kind: 'every', everyMs, anchorAt: at, sinceCreation: true };
      return { kind: 'every', everyMs, anchorAt: later(anchorAt, 0) };
    }
  }
}
