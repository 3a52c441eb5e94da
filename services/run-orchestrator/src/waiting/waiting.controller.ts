import { listWaiting } from '@causeway/contracts';
import type { Incoming } from '@causeway/messaging';
import { Handles } from '@causeway/messaging/nest';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { Waiting } from './waiting.ts';

export const WAITING = Symbol('waiting');

@Controller()
export class WaitingController {
  readonly #waiting: Waiting;
  constructor(@Inject(WAITING) waiting: Waiting) {
    this.#waiting = waiting;
  }

  @Handles(listWaiting)
  list(@Payload() request: Incoming<typeof listWaiting>) {
    return this.#waiting.list(request);
  }
}
