import type { RunOrchestratorEvent } from '@causeway/contracts';
import type { DocumentProjection } from '@causeway/postgres';
import { evolve, noSchedule, stateOf, type CreatedSchedule } from './domain/schedule.ts';

/** The schedule as lists and queries show it; `dueAt` is when the clock has to look at it. `state` is its state in one word. */
export type ScheduleDocument = CreatedSchedule & {
  readonly state: ReturnType<typeof stateOf>;
  readonly dueAt?: string;
  readonly position: number;
};

export const schedulesProjection: DocumentProjection<ScheduleDocument> = {
  table: 'schedule_view',
  keysOf: ({ type, stream }) => (type.startsWith('schedule.') ? [stream] : []),
  evolve: (document, { position, ...recorded }) => {
    const event = recorded as unknown as RunOrchestratorEvent;
    const schedule = evolve(document ? scheduleIn(document) : noSchedule(), event);
    return schedule.kind === 'none' ? undefined : documentOf(schedule, position);
  },
};

function scheduleIn({ state: _, dueAt: __, position: ___, ...schedule }: ScheduleDocument): CreatedSchedule {
  return schedule;
}

function documentOf(schedule: CreatedSchedule, position: number): ScheduleDocument {
  const state = stateOf(schedule);
  const dueAt = schedule.queued ?? schedule.nextAt;
  return { ...schedule, state, ...(dueAt === undefined ? {} : { dueAt }), position };
}
