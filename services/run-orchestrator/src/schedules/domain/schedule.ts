import type {
  PastOccurrence,
  RunEnd,
  RunOrchestratorEvent,
  ScheduleDefinition,
  ScheduleState,
} from '@causeway/contracts';

/** A run of a schedule whose end the schedule has not seen. */
export type OpenRun = { readonly occurrence: string; readonly runId: string };

/** A schedule as its events say; the views and the answers are made of it, too. */
export type CreatedSchedule = {
  readonly kind: 'schedule';
  readonly scheduleId: string;
  readonly sessionId: string;
  readonly agentId: string;
  readonly phase: 'active' | 'paused' | 'cancelled';
  readonly reason?: string;
  readonly definition: ScheduleDefinition;
  /** What its runs are told to do was erased: it starts none any more. */
  readonly isErased?: true;
  /** When the series is due next; left out when no occurrence is left. */
  readonly nextAt?: string;
  readonly queued?: string;
  readonly open: readonly OpenRun[];
  readonly excluded: readonly string[];
  readonly recent: readonly PastOccurrence[];
  readonly fired: number;
  readonly failures: number;
  readonly lastFailedAt?: string;
  readonly createdBy: string;
  readonly createdAt: string;
  readonly version: number;
};
export type Schedule = { readonly kind: 'none' } | CreatedSchedule;

type Event = RunOrchestratorEvent;
type Of<Type extends Event['type']> = Extract<Event, { type: Type }>;

const RECENT = 20;

export const noSchedule = (): Schedule => ({ kind: 'none' });

/** Its state in one word. A series with no occurrence left has ended, paused or not. */
export function stateOf({ phase, nextAt, queued }: CreatedSchedule): ScheduleState {
  if (phase === 'cancelled') return 'cancelled';
  return nextAt === undefined && queued === undefined ? 'ended' : phase;
}

/** The schedule after an event. Never refuses: the past is a fact. */
export function evolve(schedule: Schedule, event: Event): Schedule {
  if (event.type === 'schedule.created') return created(event);
  if (schedule.kind === 'none') return schedule;
  return { ...changed(schedule, event), version: schedule.version + 1 };
}

function created({ data, erased }: Of<'schedule.created'>): CreatedSchedule {
  const { scheduleId, sessionId, agentId, definition, nextAt, createdBy, at: createdAt } = data;
  return {
    ...{ kind: 'schedule', scheduleId, sessionId, agentId, phase: 'active', definition, createdBy, createdAt },
    ...(nextAt === undefined ? {} : { nextAt }),
    ...(erased ? { isErased: true } : {}),
    ...{ open: [], excluded: [], recent: [], fired: 0, failures: 0, version: 1 },
  };
}

function changed(schedule: CreatedSchedule, event: Event): CreatedSchedule {
  switch (event.type) {
    case 'schedule.changed': {
      const { isErased: _, ...rest } = dueNext(schedule, event.data.nextAt);
      return { ...rest, definition: event.data.definition, ...(event.erased ? { isErased: true } : {}) };
    }
    case 'schedule.paused':
      return { ...schedule, phase: 'paused', reason: event.data.reason };
    case 'schedule.resumed': {
      const { reason: _, ...rest } = dueNext(schedule, event.data.nextAt);
      return { ...rest, phase: 'active', failures: 0 };
    }
    case 'schedule.cancelled': {
      const { queued: _, ...rest } = dueNext(schedule, undefined);
      return { ...rest, phase: 'cancelled', reason: event.data.reason };
    }
    case 'schedule.excluded':
      return { ...schedule, excluded: [...schedule.excluded, event.data.occurrence].sort() };
    case 'schedule.queued':
      return { ...dueNext(schedule, event.data.nextAt), queued: event.data.occurrence };
    case 'schedule.fired':
      return fired(schedule, event);
    case 'schedule.skipped':
      return skipped(schedule, event);
    case 'schedule.settled':
      return settled(schedule, event);
    default:
      return schedule;
  }
}

function fired(
  schedule: CreatedSchedule,
  { data: { occurrence, runId, nextAt } }: Of<'schedule.fired'>,
): CreatedSchedule {
  const rest = handled(schedule, occurrence, nextAt);
  return {
    ...rest,
    fired: schedule.fired + 1,
    open: [...schedule.open, { occurrence, runId }],
    recent: withRecent(schedule, { occurrence, state: 'running', runId }),
  };
}

function skipped(schedule: CreatedSchedule, { data }: Of<'schedule.skipped'>): CreatedSchedule {
  const { occurrence, through, why, code, nextAt } = data;
  const entry: PastOccurrence = { occurrence, state: 'skipped', why, ...(code === undefined ? {} : { code }) };
  return { ...handled(schedule, through, nextAt), recent: withRecent(schedule, entry) };
}

function settled(schedule: CreatedSchedule, { data }: Of<'schedule.settled'>): CreatedSchedule {
  const { runId, outcome, at } = data;
  const { lastFailedAt: _, ...rest } = schedule;
  return {
    ...rest,
    ...afterOutcome(schedule, outcome, at),
    open: schedule.open.filter((run) => run.runId !== runId),
    recent: schedule.recent.map((entry) => (entry.runId === runId ? { ...entry, state: outcome } : entry)),
  };
}

/** A run that somebody cancelled says nothing about whether the next will fail. */
function afterOutcome(
  { failures, lastFailedAt }: CreatedSchedule,
  outcome: RunEnd,
  at: string,
): Pick<CreatedSchedule, 'failures' | 'lastFailedAt'> {
  if (outcome === 'failed') return { failures: failures + 1, lastFailedAt: at };
  if (outcome === 'done') return { failures: 0 };
  return { failures, ...(lastFailedAt === undefined ? {} : { lastFailedAt }) };
}

/** Everything up to an occurrence has had its turn. */
function handled(schedule: CreatedSchedule, through: string, nextAt: string | undefined): CreatedSchedule {
  const { queued, ...rest } = dueNext(schedule, nextAt);
  return {
    ...rest,
    ...(queued === undefined || queued === through ? {} : { queued }),
    excluded: schedule.excluded.filter((occurrence) => occurrence > through),
  };
}

function dueNext({ nextAt: _, ...schedule }: CreatedSchedule, nextAt: string | undefined): CreatedSchedule {
  return nextAt === undefined ? schedule : { ...schedule, nextAt };
}

const withRecent = ({ recent }: CreatedSchedule, entry: PastOccurrence): readonly PastOccurrence[] =>
  [...recent, entry].slice(-RECENT);
