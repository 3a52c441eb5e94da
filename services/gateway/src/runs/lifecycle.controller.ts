import { httpApi } from '@causeway/contracts';
import { Controller, Inject } from '@nestjs/common';
import type { Answer } from '../http/answer.ts';
import type { Call } from '../http/call.ts';
import { Asked, Route } from '../http/edge.module.ts';
import type { LifecycleOperations } from './lifecycle-operations.ts';

export const LIFECYCLE_OPERATIONS = Symbol('LifecycleOperations');

@Controller()
export class LifecycleController {
  constructor(@Inject(LIFECYCLE_OPERATIONS) private readonly runs: LifecycleOperations) {}

  @Route(httpApi.pauseRun)
  pause(@Asked() call: Call<typeof httpApi.pauseRun>): Promise<Answer> {
    return this.runs.pause(call);
  }

  @Route(httpApi.resumeRun)
  resume(@Asked() call: Call<typeof httpApi.resumeRun>): Promise<Answer> {
    return this.runs.resume(call);
  }

  @Route(httpApi.signalRun)
  signal(@Asked() call: Call<typeof httpApi.signalRun>): Promise<Answer> {
    return this.runs.signal(call);
  }

  @Route(httpApi.heartbeat)
  hear(@Asked() call: Call<typeof httpApi.heartbeat>): Promise<Answer> {
    return this.runs.hear(call);
  }

  @Route(httpApi.checkpointRun)
  checkpoint(@Asked() call: Call<typeof httpApi.checkpointRun>): Promise<Answer> {
    return this.runs.checkpoint(call);
  }

  @Route(httpApi.getRunCheckpoint)
  newestCheckpoint(@Asked() call: Call<typeof httpApi.getRunCheckpoint>): Promise<Answer> {
    return this.runs.newestCheckpoint(call);
  }
}
