import {
  acknowledgeStep,
  checkCredential,
  executeForwardedStep,
  executeStep,
  getStep,
  listSteps,
} from '@causeway/contracts';
import type { Incoming } from '@causeway/messaging';
import { Handles } from '@causeway/messaging/nest';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { Steps } from './steps.ts';

export const STEPS = Symbol('steps');

@Controller()
export class StepsController {
  readonly #steps: Steps;
  constructor(@Inject(STEPS) steps: Steps) {
    this.#steps = steps;
  }

  @Handles(executeStep)
  execute(@Payload() request: Incoming<typeof executeStep>) {
    return this.#steps.execute(request);
  }

  @Handles(executeForwardedStep)
  executeForwarded(@Payload() request: Incoming<typeof executeForwardedStep>) {
    return this.#steps.executeForwarded(request);
  }

  @Handles(checkCredential)
  checkCredential(@Payload() request: Incoming<typeof checkCredential>) {
    return this.#steps.checkCredential(request);
  }

  @Handles(acknowledgeStep)
  acknowledge(@Payload() request: Incoming<typeof acknowledgeStep>) {
    return this.#steps.acknowledge(request);
  }

  @Handles(getStep)
  get(@Payload() request: Incoming<typeof getStep>) {
    return this.#steps.get(request);
  }

  @Handles(listSteps)
  list(@Payload() request: Incoming<typeof listSteps>) {
    return this.#steps.list(request);
  }
}
