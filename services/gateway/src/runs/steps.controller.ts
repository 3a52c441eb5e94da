import { httpApi } from '@causeway/contracts';
import { Controller, Inject } from '@nestjs/common';
import type { Answer } from '../http/answer.ts';
import type { Call } from '../http/call.ts';
import { Asked, Route } from '../http/edge.module.ts';
import type { StepOperations } from './step-operations.ts';

export const STEP_OPERATIONS = Symbol('StepOperations');

@Controller()
export class StepsController {
  constructor(@Inject(STEP_OPERATIONS) private readonly steps: StepOperations) {}

  @Route(httpApi.executeStep)
  execute(@Asked() call: Call<typeof httpApi.executeStep>): Promise<Answer> {
    return this.steps.execute(call);
  }

  @Route(httpApi.listSteps)
  list(@Asked() call: Call<typeof httpApi.listSteps>): Promise<Answer> {
    return this.steps.list(call);
  }

  @Route(httpApi.getStep)
  read(@Asked() call: Call<typeof httpApi.getStep>): Promise<Answer> {
    return this.steps.read(call);
  }
}
