import { getSession, openSession, revokeSession } from '@causeway/contracts';
import type { Incoming } from '@causeway/messaging';
import { Handles } from '@causeway/messaging/nest';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { Sessions } from './sessions.ts';

export const SESSIONS = Symbol('sessions');

@Controller()
export class SessionsController {
  readonly #sessions: Sessions;
  constructor(@Inject(SESSIONS) sessions: Sessions) {
    this.#sessions = sessions;
  }

  @Handles(openSession)
  open(@Payload() request: Incoming<typeof openSession>) {
    return this.#sessions.open(request);
  }

  @Handles(revokeSession)
  revoke(@Payload() request: Incoming<typeof revokeSession>) {
    return this.#sessions.revoke(request);
  }

  @Handles(getSession)
  get(@Payload() request: Incoming<typeof getSession>) {
    return this.#sessions.get(request);
  }
}
