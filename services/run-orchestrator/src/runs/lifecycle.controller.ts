import { checkpointRun, getRunCheckpoint, hearAgent, pauseRun, resumeRun, signalRun } from '@causeway/contracts';
import type { Incoming } from '@causeway/messaging';
import { Handles } from '@causeway/messaging/nest';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { Lifecycle } from './lifecycle.ts';

export const LIFECYCLE = Symbol('lifecycle');

@Controller()
export class LifecycleController {
  readonly #lifecycle: Lifecycle;
  constructor(@Inject(LIFECYCLE) lifecycle: Lifecycle) {
    this.#lifecycle = lifecycle;
  }

  @Handles(pauseRun)
  pause(@Payload() request: Incoming<typeof pauseRun>) {
    return this.#lifecycle.pause(request);
  }

  @Handles(resumeRun)
  resume(@Payload() request: Incoming<typeof resumeRun>) {
    return this.#lifecycle.resume(request);
  }

  @Handles(signalRun)
  signal(@Payload() request: Incoming<typeof signalRun>) {
    return this.#lifecycle.signal(request);
  }

  @Handles(hearAgent)
  hear(@Payload() request: Incoming<typeof hearAgent>) {
    return this.#lifecycle.hear(request);
  }

  @Handles(checkpointRun)
  checkpoint(@Payload() request: Incoming<typeof checkpointRun>) {
    return this.#lifecycle.checkpoint(request);
  }

  @Handles(getRunCheckpoint)
  newestCheckpoint(@Payload() request: Incoming<typeof getRunCheckpoint>) {
    return this.#lifecycle.newestCheckpoint(request);
  }
}
