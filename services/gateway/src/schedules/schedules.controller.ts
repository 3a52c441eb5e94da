import { httpApi } from '@causeway/contracts';
import { Controller, Inject } from '@nestjs/common';
import type { Answer } from '../http/answer.ts';
import type { Call } from '../http/call.ts';
import { Asked, Route } from '../http/edge.module.ts';
import type { ScheduleOperations } from './schedule-operations.ts';

export const SCHEDULE_OPERATIONS = Symbol('ScheduleOperations');

@Controller()
export class SchedulesController {
  constructor(@Inject(SCHEDULE_OPERATIONS) private readonly schedules: ScheduleOperations) {}

  @Route(httpApi.createSchedule)
  create(@Asked() call: Call<typeof httpApi.createSchedule>): Promise<Answer> {
    return this.schedules.create(call);
  }

  @Route(httpApi.listSchedules)
  list(@Asked() call: Call<typeof httpApi.listSchedules>): Promise<Answer> {
    return this.schedules.list(call);
  }

  @Route(httpApi.getSchedule)
  read(@Asked() call: Call<typeof httpApi.getSchedule>): Promise<Answer> {
    return this.schedules.read(call);
  }

  @Route(httpApi.changeSchedule)
  change(@Asked() call: Call<typeof httpApi.changeSchedule>): Promise<Answer> {
    return this.schedules.change(call);
  }

  @Route(httpApi.pauseSchedule)
  pause(@Asked() call: Call<typeof httpApi.pauseSchedule>): Promise<Answer> {
    return this.schedules.pause(call);
  }

  @Route(httpApi.resumeSchedule)
  resume(@Asked() call: Call<typeof httpApi.resumeSchedule>): Promise<Answer> {
    return this.schedules.resume(call);
  }

  @Route(httpApi.cancelSchedule)
  cancel(@Asked() call: Call<typeof httpApi.cancelSchedule>): Promise<Answer> {
    return this.schedules.cancel(call);
  }

  @Route(httpApi.cancelOccurrence)
  cancelOccurrence(@Asked() call: Call<typeof httpApi.cancelOccurrence>): Promise<Answer> {
    return this.schedules.cancelOccurrence(call);
  }
}
