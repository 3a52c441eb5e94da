import { httpApi } from '@causeway/contracts';
import { Controller, Inject } from '@nestjs/common';
import type { Answer } from '../http/answer.ts';
import type { Call } from '../http/call.ts';
import { Asked, Route } from '../http/edge.module.ts';
import type { WaitingOperations } from './waiting-operations.ts';

export const WAITING_OPERATIONS = Symbol('WaitingOperations');

@Controller()
export class WaitingController {
  constructor(@Inject(WAITING_OPERATIONS) private readonly waiting: WaitingOperations) {}

  @Route(httpApi.listWaiting)
  list(@Asked() call: Call<typeof httpApi.listWaiting>): Promise<Answer> {
    return this.waiting.list(call);
  }

  @Route(httpApi.acknowledgeStep)
  acknowledge(@Asked() call: Call<typeof httpApi.acknowledgeStep>): Promise<Answer> {
    return this.waiting.acknowledge(call);
  }

  @Route(httpApi.listGrants)
  grants(@Asked() call: Call<typeof httpApi.listGrants>): Promise<Answer> {
    return this.waiting.grants(call);
  }

  @Route(httpApi.revokeGrant)
  revokeGrant(@Asked() call: Call<typeof httpApi.revokeGrant>): Promise<Answer> {
    return this.waiting.revokeGrant(call);
  }
}
