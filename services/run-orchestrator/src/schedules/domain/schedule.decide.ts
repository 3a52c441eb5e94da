import type { Rejection, RunOrchestratorEvent, ScheduleDefinition } from '@causeway/contracts';
import { accept, refuse, type Decider, type Decision } from '@causeway/eventing';
import type { RunCommand } from '../../runs/domain/run.commands.ts';
import { runDecider } from '../../runs/domain/run.decide.ts';
import { noRun } from '../../runs/domain/run.ts';
import { sessionDecider, type Session } from '../../sessions/domain/session.ts';
import { nextOccurrence, specProblem } from './next-occurrence.ts';
import { evolve, noSchedule, stateOf, type CreatedSchedule, type Schedule } from './schedule.ts';
import { firing, queue, skip, turnOf, type EndedRun, type Turn } from './turn.ts';

type Event = RunOrchestratorEvent;
type OpenedSession = Extract<Session, { kind: 'session' }>;
type StartRun = Extract<RunCommand, { type: 'start' }>;

/** How the run of an occurrence is to be started, worked out before the decider is asked; or why it cannot be. */
export type PreparedRun =
  | {
      readonly ok: true;
      readonly start: Omit<StartRun, 'runId' | 'schedule'>;
      /** The session as it was looked at, and how many runs policy lets it have. */
      readonly session: OpenedSession;
      readonly activeRuns: 'one' | 'many';
    }
  | { readonly ok: false; readonly rejection: Rejection };
/** The run of an occurrence. Its id is always the same for the same occurrence of the same schedule. */
export type Firing = { readonly occurrence: string; readonly runId: string; readonly run: PreparedRun };

type Asked = { readonly by: string; readonly at: string };

/** What a schedule can be asked. Instants are ISO 8601 in UTC with milliseconds. */
export type ScheduleCommand =
  | ({
      readonly type: 'create';
      readonly scheduleId: string;
      readonly sessionId: string;
      readonly agentId: string;
      readonly definition: ScheduleDefinition;
    } & Asked)
  | ({ readonly type: 'change'; readonly change: Partial<ScheduleDefinition> } & Asked)
  | ({ readonly type: 'pause'; readonly reason: string } & Asked)
  | ({ readonly type: 'resume'; readonly reason: string } & Asked)
  | ({ readonly type: 'cancel'; readonly reason: string; readonly why: 'operator' | 'session-revoked' } & Asked)
  /** Without an occurrence, the next one. */
  | ({ readonly type: 'exclude'; readonly occurrence?: string | undefined; readonly reason: string } & Asked)
  /** The clock's: `version` is that of the schedule that `fire` and `ended` were worked out on; of another one nothing comes. */
  | ({
      readonly type: 'turn';
      readonly version: number;
      readonly ended: readonly EndedRun[];
      readonly fire?: Firing | undefined;
    } & Asked);
type Of<Type extends ScheduleCommand['type']> = Extract<ScheduleCommand, { type: Type }>;
type ScheduleDecision = Decision<Event, Rejection>;

/** The rules of a schedule. What starts a run and the start of that run are sealed together: one occurrence, at most one run. */
export const scheduleDecider: Decider<Schedule, ScheduleCommand, Event, Rejection> = {
  initialState: noSchedule,
  decide,
  evolve,
};

function decide(command: ScheduleCommand, schedule: Schedule): ScheduleDecision {
  if (command.type === 'create') return create(command, schedule);
  if (schedule.kind === 'none') return refuse(noSuchSchedule);
  if (command.type === 'turn') return turn(command, schedule);
  if (command.type === 'cancel') return cancel(command, schedule);
  const state = stateOf(schedule);
  if (state === 'cancelled' || state === 'ended') return refuse(overRefusal(schedule));
  switch (command.type) {
    case 'change':
      return change(command, schedule);
    case 'pause':
      return pause(command, schedule);
    case 'resume':
      return resume(command, schedule);
    case 'exclude':
      return exclude(command, schedule);
  }
}

function create(command: Of<'create'>, schedule: Schedule): ScheduleDecision {
  const { type: _, by: createdBy, at, ...facts } = command;
  if (schedule.kind === 'schedule') return isSame(command, schedule) ? accept() : refuse(otherSchedule(schedule));
  const problem = specProblem(command.definition, at);
  if (problem) return refuse(invalid(problem));
  const nextAt = nextOccurrence(command.definition, at);
  return accept<Event>({ type: 'schedule.created', data: { ...facts, ...(nextAt ? { nextAt } : {}), createdBy, at } });
}

/** An instant that was worked out from the moment of creation is not held against a repeated request. A goal that was erased neither. */
function isSame(asked: Of<'create'>, { sessionId, definition, isErased }: CreatedSchedule): boolean {
  const comparable = ({ spec, template, ...rest }: ScheduleDefinition): string =>
    sortedJson({ ...rest, template: isErased ? { ...template, goal: '' } : template, spec: askedSpec(spec) });
  return asked.sessionId === sessionId && comparable(asked.definition) === comparable(definition);
}

function askedSpec(spec: ScheduleDefinition['spec']): object {
  if (spec.kind === 'at' && spec.delayMs !== undefined) return { ...spec, at: '' };
  return spec.kind === 'every' && spec.sinceCreation ? { ...spec, anchorAt: '' } : spec;
}

function change({ change: asked, by: changedBy, at }: Of<'change'>, schedule: CreatedSchedule): ScheduleDecision {
  const definition = { ...schedule.definition, ...asked };
  if (sortedJson(definition) === sortedJson(schedule.definition)) return accept();
  const problem = specProblem(definition, at) ?? usedUp(definition, schedule);
  if (problem) return refuse(invalid(problem));
  const nextAt = nextOccurrence(definition, at);
  return accept<Event>({
    type: 'schedule.changed',
    data: { definition, ...(nextAt ? { nextAt } : {}), changedBy, at },
  });
}

function usedUp({ maxOccurrences }: ScheduleDefinition, { fired }: CreatedSchedule) {
  const isUsedUp = maxOccurrences !== undefined && maxOccurrences <= fired;
  return isUsedUp
    ? { path: 'maxOccurrences', message: `has to be above ${fired}, the runs it has started` }
    : undefined;
}

function pause({ reason, by: pausedBy, at }: Of<'pause'>, schedule: CreatedSchedule): ScheduleDecision {
  if (schedule.phase === 'paused') return accept();
  return accept<Event>({ type: 'schedule.paused', data: { why: 'operator', pausedBy, reason, at } });
}

function resume({ reason, by: resumedBy, at }: Of<'resume'>, schedule: CreatedSchedule): ScheduleDecision {
  if (schedule.phase === 'active') return accept();
  const nextAt = nextOccurrence(schedule.definition, at);
  return accept<Event>({ type: 'schedule.resumed', data: { resumedBy, reason, ...(nextAt ? { nextAt } : {}), at } });
}

function cancel({ why, reason, by, at }: Of<'cancel'>, schedule: CreatedSchedule): ScheduleDecision {
  const state = stateOf(schedule);
  if (state === 'cancelled') return accept();
  return state === 'ended' ? refuse(overRefusal(schedule)) : accept(cancelled({ why, reason, by, at }));
}

type Cancelled = { readonly why: 'operator' | 'session-revoked' | 'erased'; readonly reason: string } & Asked;
const cancelled = ({ by: cancelledBy, ...data }: Cancelled): Event => ({
  type: 'schedule.cancelled',
  data: { ...data, cancelledBy },
});

function exclude(command: Of<'exclude'>, schedule: CreatedSchedule): ScheduleDecision {
  const { by: excludedBy, reason, at } = command;
  const { queued, nextAt, excluded, definition } = schedule;
  const occurrence = command.occurrence ?? queued ?? firstNotIn(excluded, definition, nextAt);
  if (occurrence !== undefined && excluded.includes(occurrence)) return accept();
  if (occurrence === undefined || !isToCome(schedule, occurrence)) return refuse(noSuchOccurrence(command, schedule));
  if (excluded.length >= MAX_EXCLUDED) {
    const detail = `${MAX_EXCLUDED} occurrences to come are taken out already; change the schedule instead`;
    return refuse({ code: 'SCHEDULE_INVALID', detail });
  }
  return accept<Event>({ type: 'schedule.excluded', data: { occurrence, excludedBy, reason, at } });
}

const MAX_EXCLUDED = 100;

function firstNotIn(
  excluded: readonly string[],
  definition: ScheduleDefinition,
  from: string | undefined,
): string | undefined {
  let next = from;
  while (next !== undefined && excluded.includes(next)) next = nextOccurrence(definition, next);
  return next;
}

function isToCome({ queued, nextAt, definition }: CreatedSchedule, occurrence: string): boolean {
  if (occurrence === queued || occurrence === nextAt) return true;
  const before = new Date(Date.parse(occurrence) - 1).toISOString();
  return nextAt !== undefined && occurrence > nextAt && nextOccurrence(definition, before) === occurrence;
}

/** The clock looks. What it worked out on another version of the schedule is not used: it looks again. */
function turn(command: Of<'turn'>, schedule: CreatedSchedule): ScheduleDecision {
  if (command.version !== schedule.version) return accept();
  const { at, by, fire } = command;
  const planned = turnOf(schedule, command);
  if (planned.fire === undefined || planned.fire !== fire?.occurrence) return accept(...planned.events);
  if (schedule.isErased) {
    const reason = 'what its runs are told to do was erased';
    return accept(...planned.events, cancelled({ why: 'erased', reason, by, at }));
  }
  return fireRun(planned, fire, { by, at, scheduleId: schedule.scheduleId });
}

function fireRun(
  { events, after }: Turn,
  { occurrence, runId, run }: Firing,
  { by, at, scheduleId }: Asked & { readonly scheduleId: string },
): ScheduleDecision {
  if (!run.ok) return accept(...events, ...refused(after, { occurrence, rejection: run.rejection, by, at }));
  const { start, session, activeRuns } = run;
  const started = runDecider.decide({ ...start, runId, schedule: { scheduleId, occurrence } }, noRun());
  if (!started.accepted) {
    return accept(...events, ...refused(after, { occurrence, rejection: started.rejection, by, at }));
  }
  const occupy = { type: 'occupy' as const, runId, activeRuns, started: started.events, at };
  const occupied = sessionDecider.decide(occupy, session);
  if (!occupied.accepted) {
    return accept(...events, ...refused(after, { occurrence, rejection: occupied.rejection, by, at }));
  }
  const ofSession = { stream: session.sessionId, expected: session.version, events: occupied.events };
  return {
    accepted: true,
    events: [...events, firing(after, { occurrence, runId }, at)],
    also: [ofSession, ...(occupied.also ?? [])],
  };
}

type RefusedRun = { readonly occurrence: string; readonly rejection: Rejection } & Asked;

/** A run that cannot be started: of a session that is gone none ever can; of a busy one it may wait; else the series goes on without it. */
function refused(schedule: CreatedSchedule, { occurrence, rejection, by, at }: RefusedRun): readonly Event[] {
  const { code, detail } = rejection;
  if (code === 'SESSION_REVOKED' || code === 'SESSION_NOT_FOUND') {
    return [cancelled({ why: 'session-revoked', reason: detail, by, at })];
  }
  if (isBusy(code) && schedule.definition.overlap === 'queue') {
    return schedule.queued === occurrence ? [] : [queue(schedule, occurrence, at)];
  }
  const event = skip(schedule, { occurrence, why: 'refused', at });
  return [{ ...event, data: { ...event.data, code } }];
}

const isBusy = (code: string): boolean => code === 'SESSION_BUSY';

const noSuchSchedule: Rejection = { code: 'SCHEDULE_NOT_FOUND', detail: 'there is no such schedule; check the id' };
const otherSchedule = ({ scheduleId }: CreatedSchedule): Rejection => ({
  code: 'SCHEDULE_ALREADY_CREATED',
  detail: `${scheduleId} was created with other content; use another id or another Idempotency-Key`,
});
const invalid = (problem: { readonly path: string; readonly message: string }): Rejection => ({
  code: 'SCHEDULE_INVALID',
  detail: `the schedule would never start anything: ${problem.path} ${problem.message}`,
  errors: [problem],
});
const overRefusal = (schedule: CreatedSchedule): Rejection => ({
  code: 'SCHEDULE_NOT_ACTIVE',
  detail: `${schedule.scheduleId} ${stateOf(schedule) === 'ended' ? 'has no occurrence left' : 'was cancelled'}; create another one`,
});
const noSuchOccurrence = ({ occurrence }: Of<'exclude'>, { scheduleId, nextAt }: CreatedSchedule): Rejection => ({
  code: 'OCCURRENCE_NOT_FOUND',
  detail: `${scheduleId} is not due at ${occurrence ?? 'any time'}; it is due next at ${nextAt ?? 'no time'}`,
});

function sortedJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? '';
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${key}:${sortedJson(inner)}`).join(',')}}`;
}
