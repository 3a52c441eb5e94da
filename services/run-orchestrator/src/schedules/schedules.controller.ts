import {
  cancelOccurrence,
  cancelSchedule,
  changeSchedule,
  createSchedule,
  getSchedule,
  listSchedules,
  pauseSchedule,
  resumeSchedule,
} from '@causeway/contracts';
import type { Incoming } from '@causeway/messaging';
import { Handles } from '@causeway/messaging/nest';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { Schedules } from './schedules.ts';

export const SCHEDULES = Symbol('schedules');

@Controller()
export class SchedulesController {
  readonly #schedules: Schedules;
  constructor(@Inject(SCHEDULES) schedules: Schedules) {
    this.#schedules = schedules;
  }

  @Handles(createSchedule)
  create(@Payload() request: Incoming<typeof createSchedule>) {
    return this.#schedules.create(request);
  }

  @Handles(changeSchedule)
  change(@Payload() request: Incoming<typeof changeSchedule>) {
    return this.#schedules.change(request);
  }

  @Handles(pauseSchedule)
  pause(@Payload() request: Incoming<typeof pauseSchedule>) {
    return this.#schedules.pause(request);
  }

  @Handles(resumeSchedule)
  resume(@Payload() request: Incoming<typeof resumeSchedule>) {
    return this.#schedules.resume(request);
  }

  @Handles(cancelSchedule)
  cancel(@Payload() request: Incoming<typeof cancelSchedule>) {
    return this.#schedules.cancel(request);
  }

  @Handles(cancelOccurrence)
  cancelOccurrence(@Payload() request: Incoming<typeof cancelOccurrence>) {
    return this.#schedules.cancelOccurrence(request);
  }

  @Handles(getSchedule)
  get(@Payload() request: Incoming<typeof getSchedule>) {
    return this.#schedules.get(request);
  }

  @Handles(listSchedules)
  list(@Payload() request: Incoming<typeof listSchedules>) {
    return this.#schedules.list(request);
  }
}
