import {
  addSubgoals,
  cancelRun,
  claimCompletion,
  completeRun,
  extendBudget,
  getRun,
  listRuns,
  startRun,
} from '@causeway/contracts';
import type { Incoming } from '@causeway/messaging';
import { Handles } from '@causeway/messaging/nest';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { Runs } from './runs.ts';

export const RUNS = Symbol('runs');

@Controller()
export class RunsController {
  readonly #runs: Runs;
  constructor(@Inject(RUNS) runs: Runs) {
    this.#runs = runs;
  }

  @Handles(startRun)
  start(@Payload() request: Incoming<typeof startRun>) {
    return this.#runs.start(request);
  }

  @Handles(claimCompletion)
  claim(@Payload() request: Incoming<typeof claimCompletion>) {
    return this.#runs.claim(request);
  }

  @Handles(addSubgoals)
  addSubgoals(@Payload() request: Incoming<typeof addSubgoals>) {
    return this.#runs.addSubgoals(request);
  }

  @Handles(completeRun)
  complete(@Payload() request: Incoming<typeof completeRun>) {
    return this.#runs.complete(request);
  }

  @Handles(cancelRun)
  cancel(@Payload() request: Incoming<typeof cancelRun>) {
    return this.#runs.cancel(request);
  }

  @Handles(extendBudget)
  extend(@Payload() request: Incoming<typeof extendBudget>) {
    return this.#runs.extend(request);
  }

  @Handles(getRun)
  get(@Payload() request: Incoming<typeof getRun>) {
    return this.#runs.get(request);
  }

  @Handles(listRuns)
  list(@Payload() request: Incoming<typeof listRuns>) {
    return this.#runs.list(request);
  }
}
