import { liftKill, listKills, pullKill } from '@causeway/contracts';
import type { Incoming } from '@causeway/messaging';
import { Handles } from '@causeway/messaging/nest';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { KillOperations } from './kills.ts';

export const KILL_OPERATIONS = Symbol('kill operations');

@Controller()
export class KillsController {
  readonly #kills: KillOperations;
  constructor(@Inject(KILL_OPERATIONS) kills: KillOperations) {
    this.#kills = kills;
  }

  @Handles(pullKill)
  pull(@Payload() request: Incoming<typeof pullKill>) {
    return this.#kills.pull(request);
  }

  @Handles(liftKill)
  lift(@Payload() request: Incoming<typeof liftKill>) {
    return this.#kills.lift(request);
  }

  @Handles(listKills)
  list(@Payload() request: Incoming<typeof listKills>) {
    return this.#kills.list(request);
  }
}
