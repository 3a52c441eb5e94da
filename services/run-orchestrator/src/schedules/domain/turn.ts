import type { RunEnd, RunOrchestratorEvent, SkipReason } from '@causeway/contracts';
import { nextOccurrence } from './next-occurrence.ts';
import { evolve, stateOf, type CreatedSchedule, type OpenRun } from './schedule.ts';

type Event = RunOrchestratorEvent;

/** What a schedule is asked to look at. `ended`: those of its open runs that are over. */
export type Now = { readonly at: string; readonly by: string; readonly ended: readonly EndedRun[] };
export type EndedRun = OpenRun & { readonly outcome: RunEnd };

/** What is to be sealed whatever happens, and the occurrence whose run is to be started, if one is. */
export type Turn = { readonly events: readonly Event[]; readonly after: CreatedSchedule; readonly fire?: string };

/** Most occurrences in arrear that are started. */
export const MAX_CATCH_UP = 100;
/** Most of them that are looked at one by one; what lies further back is left out in one go. */
const MAX_COUNTED = 1_000;
/** Most runs of one schedule at once. */
const MAX_OPEN = 100;
const FIRST_BACKOFF_MS = 60_000;
const MAX_BACKOFF_MS = 6 * 3_600_000;

/**
 * What is next for a schedule at this moment: it takes note of runs that ended, and deals with at most one occurrence, or with a row of missed
 * ones. Asked again until nothing comes of it, it has dealt with everything that is due.
 */
export function turnOf(schedule: CreatedSchedule, now: Now): Turn {
  const { events, after } = settle(schedule, now);
  const paused = pauseAfterFailure(after, now, events);
  if (paused) return adding(events, after, paused);
  if (stateOf(after) !== 'active') return { events, after };
  const next = dealWith(after, now);
  if (next === undefined) return { events, after };
  return typeof next === 'string' ? { events, after, fire: next } : adding(events, after, next);
}

/** An event more; the occurrence that it may leave due is for the next turn. */
function adding(events: readonly Event[], after: CreatedSchedule, event: Event): Turn {
  return { events: [...events, event], after: applied(after, event) };
}

function settle(schedule: CreatedSchedule, { at, ended }: Now): { events: readonly Event[]; after: CreatedSchedule } {
  const known = ended.filter(({ runId }) => schedule.open.some((run) => run.runId === runId));
  const events = known.map(({ occurrence, runId, outcome }): Event => ({
    type: 'schedule.settled',
    data: { occurrence, runId, outcome, at },
  }));
  return { events, after: events.reduce(applied, schedule) };
}

function pauseAfterFailure(after: CreatedSchedule, { at, by }: Now, settled: readonly Event[]): Event | undefined {
  const failed = settled.find((event) => event.type === 'schedule.settled' && event.data.outcome === 'failed');
  if (failed?.type !== 'schedule.settled' || after.definition.onFailure !== 'pause') return undefined;
  if (after.phase !== 'active') return undefined;
  const reason = `${failed.data.runId} failed; resume the schedule once it is known why`;
  return { type: 'schedule.paused', data: { why: 'run-failed', pausedBy: by, reason, at } };
}

/** An occurrence to start, an event that deals with what is due, or nothing. */
function dealWith(schedule: CreatedSchedule, { at }: Now): string | Event | undefined {
  const { queued, nextAt, open } = schedule;
  if (queued !== undefined && open.length === 0) {
    return schedule.excluded.includes(queued) ? skip(schedule, { occurrence: queued, why: 'excluded', at }) : queued;
  }
  if (nextAt === undefined || nextAt > at) return undefined;
  return missed(schedule, nextAt, at) ?? onTime(schedule, nextAt, at);
}

/** What becomes of a row of occurrences that nobody dealt with in time; undefined when the one that is due is to be dealt with as usual. */
function missed(schedule: CreatedSchedule, first: string, at: string): Event | undefined {
  const { misfire, graceMs } = schedule.definition;
  const lateBefore = isoOf(Date.parse(at) - graceMs);
  if (first >= lateBefore) return undefined;
  const row = rowOf(schedule, first, at);
  if (row.length > MAX_COUNTED) return skipThrough(schedule, { ...rowEnd(first, lateBefore), at });
  const left = {
    skip: row.filter((occurrence) => occurrence < lateBefore).length,
    once: row.length - 1,
    all: Math.max(0, row.length - MAX_CATCH_UP),
  }[misfire];
  const through = row[left - 1];
  return through === undefined ? undefined : skipThrough(schedule, { first, through, count: left, at });
}

/** Occurrences from the first on that are due by now; one more than are counted when there are too many. */
function rowOf({ definition }: CreatedSchedule, first: string, at: string): readonly string[] {
  const row: string[] = [];
  let next: string | undefined = first;
  while (next !== undefined && next <= at && row.length <= MAX_COUNTED) {
    row.push(next);
    next = nextOccurrence(definition, next);
  }
  return row;
}

/** So far back that nobody counts: everything that is late is left out, and what is in time comes next. */
const rowEnd = (first: string, lateBefore: string) => ({ first, through: lateBefore, count: MAX_COUNTED });

type Row = { readonly first: string; readonly through: string; readonly count: number; readonly at: string };
function skipThrough({ definition }: CreatedSchedule, { first, through, count, at }: Row): Event {
  const nextAt = nextOccurrence(definition, through);
  const data = { occurrence: first, through, count, why: 'misfire' as const, ...given({ nextAt }), at };
  return { type: 'schedule.skipped', data };
}

function onTime(schedule: CreatedSchedule, occurrence: string, at: string): string | Event {
  const { definition, open, queued, excluded } = schedule;
  if (excluded.includes(occurrence)) return skip(schedule, { occurrence, why: 'excluded', at });
  if (isBackingOff(schedule, at)) return skip(schedule, { occurrence, why: 'backoff', at });
  const isBusy = open.length > 0 || queued !== undefined;
  if (!isBusy || (definition.overlap === 'allow' && open.length < MAX_OPEN)) return occurrence;
  if (definition.overlap === 'queue' && queued === undefined) return queue(schedule, occurrence, at);
  return skip(schedule, { occurrence, why: 'overlap', at });
}

/** After n failures in a row nothing starts for 1, 2, 4, … minutes from the last, at most six hours. */
function isBackingOff({ definition, failures, lastFailedAt }: CreatedSchedule, at: string): boolean {
  if (definition.onFailure !== 'backoff' || failures === 0 || lastFailedAt === undefined) return false;
  const waitMs = Math.min(FIRST_BACKOFF_MS * 2 ** (failures - 1), MAX_BACKOFF_MS);
  return Date.parse(at) < Date.parse(lastFailedAt) + waitMs;
}

/** The event with which an occurrence waits for a run to end. */
export function queue(schedule: CreatedSchedule, occurrence: string, at: string): Event {
  const behind = schedule.open[0]?.runId;
  const nextAt = nextOccurrence(schedule.definition, occurrence);
  return { type: 'schedule.queued', data: { occurrence, ...given({ behind, nextAt }), at } };
}

type Skip = { readonly occurrence: string; readonly why: SkipReason; readonly at: string };
/** The event with which an occurrence starts nothing. */
export function skip(
  schedule: CreatedSchedule,
  { occurrence, why, at }: Skip,
): Extract<Event, { type: 'schedule.skipped' }> {
  const nextAt = nextAfter(schedule, occurrence);
  return {
    type: 'schedule.skipped',
    data: { occurrence, through: occurrence, count: 1, why, ...given({ nextAt }), at },
  };
}

/** The event with which an occurrence starts its run. The last that the schedule may start leaves none after it. */
export function firing(schedule: CreatedSchedule, { occurrence, runId }: OpenRun, at: string): Event {
  const { maxOccurrences } = schedule.definition;
  const isLast = maxOccurrences !== undefined && schedule.fired + 1 >= maxOccurrences;
  const nextAt = isLast ? undefined : nextAfter(schedule, occurrence);
  return { type: 'schedule.fired', data: { occurrence, runId, ...given({ nextAt }), at } };
}

/** When the series is due once this occurrence has had its turn; one that waited has been passed by the series already. */
const nextAfter = (schedule: CreatedSchedule, occurrence: string): string | undefined =>
  schedule.queued === occurrence ? schedule.nextAt : nextOccurrence(schedule.definition, occurrence);

export const applied = (schedule: CreatedSchedule, event: Event): CreatedSchedule =>
  evolve(schedule, event) as CreatedSchedule;

function given<Members extends Record<string, string | undefined>>(
  members: Members,
): { [Name in keyof Members]?: string } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Members]?: string;
  };
}

const isoOf = (ms: number): string => new Date(ms).toISOString();
