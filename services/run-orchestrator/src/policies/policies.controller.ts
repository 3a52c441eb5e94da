import { activatePolicy, getPolicyPack, moveRun, revokeRule } from '@causeway/contracts';
import type { Incoming } from '@causeway/messaging';
import { Handles } from '@causeway/messaging/nest';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { Activation } from './activation.ts';

export const ACTIVATION = Symbol('activation');

@Controller()
export class PoliciesController {
  readonly #activation: Activation;
  constructor(@Inject(ACTIVATION) activation: Activation) {
    this.#activation = activation;
  }

  @Handles(activatePolicy)
  activate(@Payload() request: Incoming<typeof activatePolicy>) {
    return this.#activation.activate(request);
  }

  @Handles(revokeRule)
  revoke(@Payload() request: Incoming<typeof revokeRule>) {
    return this.#activation.revoke(request);
  }

  @Handles(moveRun)
  move(@Payload() request: Incoming<typeof moveRun>) {
    return this.#activation.move(request);
  }

  @Handles(getPolicyPack)
  pack(@Payload() request: Incoming<typeof getPolicyPack>) {
    return this.#activation.pack(request);
  }
}
