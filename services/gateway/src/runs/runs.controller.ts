import { httpApi } from '@causeway/contracts';
import { Controller, Inject } from '@nestjs/common';
import type { Answer } from '../http/answer.ts';
import type { Call } from '../http/call.ts';
import { Asked, Route } from '../http/edge.module.ts';
import type { RunOperations } from './run-operations.ts';

export const RUN_OPERATIONS = Symbol('RunOperations');

@Controller()
export class RunsController {
  constructor(@Inject(RUN_OPERATIONS) private readonly runs: RunOperations) {}

  @Route(httpApi.startRun)
  start(@Asked() call: Call<typeof httpApi.startRun>): Promise<Answer> {
    return this.runs.start(call);
  }

  @Route(httpApi.listRuns)
  list(@Asked() call: Call<typeof httpApi.listRuns>): Promise<Answer> {
    return this.runs.list(call);
  }

  @Route(httpApi.getRun)
  read(@Asked() call: Call<typeof httpApi.getRun>): Promise<Answer> {
    return this.runs.read(call);
  }

  @Route(httpApi.claimCompletion)
  claim(@Asked() call: Call<typeof httpApi.claimCompletion>): Promise<Answer> {
    return this.runs.claim(call);
  }

  @Route(httpApi.cancelRun)
  cancel(@Asked() call: Call<typeof httpApi.cancelRun>): Promise<Answer> {
    return this.runs.cancel(call);
  }

  @Route(httpApi.completeRun)
  complete(@Asked() call: Call<typeof httpApi.completeRun>): Promise<Answer> {
    return this.runs.complete(call);
  }
}
