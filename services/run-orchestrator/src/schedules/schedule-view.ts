import type { ScheduleView } from '@causeway/contracts';
import { nextOccurrence } from './domain/next-occurrence.ts';
import { stateOf, type CreatedSchedule } from './domain/schedule.ts';

const UPCOMING = 5;

/** A schedule as the contract shows it; `position` is that of its newest event. */
export function scheduleViewOf(schedule: CreatedSchedule, position: number): ScheduleView {
  const { scheduleId, sessionId, agentId, definition, queued, reason, createdBy, createdAt } = schedule;
  const { excluded, recent, fired, failures } = schedule;
  return {
    ...{ scheduleId, sessionId, agentId, state: stateOf(schedule), definition, upcoming: upcomingOf(schedule) },
    ...(queued === undefined ? {} : { queued }),
    ...{ excluded: [...excluded], recent: [...recent], fired, failures },
    ...(reason === undefined ? {} : { reason }),
    ...{ createdBy, createdAt, position },
  };
}

function upcomingOf(schedule: CreatedSchedule): string[] {
  const { definition, excluded, fired, queued } = schedule;
  const upcoming: string[] = [];
  const left = (definition.maxOccurrences ?? Infinity) - fired - (queued === undefined ? 0 : 1);
  let next = stateOf(schedule) === 'active' ? schedule.nextAt : undefined;
  while (next !== undefined && upcoming.length < Math.min(UPCOMING, left)) {
    if (!excluded.includes(next)) upcoming.push(next);
    next = nextOccurrence(definition, next);
  }
  return upcoming;
}
