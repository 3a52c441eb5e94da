import { randomBytes } from 'node:crypto';
import {
  cancelOccurrence,
  cancelSchedule,
  changeSchedule,
  createSchedule,
  getSchedule,
  listSchedules,
  pauseSchedule,
  resumeSchedule,
  type httpApi,
  type ReplyEnvelope,
  type ScheduleView,
} from '@causeway/contracts';
import { answerOf, created, okay, type Answer } from '../http/answer.ts';
import type { Ask } from '../http/ask.ts';
import type { Call } from '../http/call.ts';
import { idOfKey, newId } from '../http/ids.ts';
import { sessionScope } from '../identity/principal.ts';

const schedule = (reply: ReplyEnvelope<ScheduleView>): Answer => answerOf(reply, (view) => okay(view, view.position));

/** What the routes of schedules do. */
export function scheduleOperations(ask: Ask) {
  return {
    create: async (call: Call<typeof httpApi.createSchedule>): Promise<Answer> => {
      const { idempotencyKey: key, principal } = call;
      const scheduleId = key ? idOfKey('schedule', principal, key) : newId('schedule', Date.now(), randomBytes(10));
      const reply = await ask(createSchedule, { scheduleId, ...call.body }, call, { correlationId: scheduleId });
      return answerOf(reply, (view) => created(view, view.position));
    },

    list: async (call: Call<typeof httpApi.listSchedules>): Promise<Answer> =>
      answerOf(await ask(listSchedules, { ...call.query, ...sessionScope(call.principal) }, call), okay),

    read: async (call: Call<typeof httpApi.getSchedule>): Promise<Answer> => {
      const question = { ...call.params, ...call.query, ...sessionScope(call.principal) };
      return schedule(await ask(getSchedule, question, call));
    },

    change: async (call: Call<typeof httpApi.changeSchedule>): Promise<Answer> =>
      schedule(await ask(changeSchedule, { ...call.params, ...call.body }, call)),

    pause: async (call: Call<typeof httpApi.pauseSchedule>): Promise<Answer> =>
      schedule(await ask(pauseSchedule, { ...call.params, ...call.body }, call)),

    resume: async (call: Call<typeof httpApi.resumeSchedule>): Promise<Answer> =>
      schedule(await ask(resumeSchedule, { ...call.params, ...call.body }, call)),

    cancel: async (call: Call<typeof httpApi.cancelSchedule>): Promise<Answer> =>
      schedule(await ask(cancelSchedule, { ...call.params, ...call.body }, call)),

    cancelOccurrence: async (call: Call<typeof httpApi.cancelOccurrence>): Promise<Answer> =>
      schedule(await ask(cancelOccurrence, { ...call.params, ...call.body }, call)),
  };
}
export type ScheduleOperations = ReturnType<typeof scheduleOperations>;
