import { httpApi } from '@causeway/contracts';
import { Controller, Inject } from '@nestjs/common';
import type { Answer } from '../http/answer.ts';
import type { Call } from '../http/call.ts';
import { Asked, Route } from '../http/edge.module.ts';
import type { PolicyOperations } from './policy-operations.ts';

export const POLICY_OPERATIONS = Symbol('PolicyOperations');

@Controller()
export class PolicyController {
  constructor(@Inject(POLICY_OPERATIONS) private readonly policy: PolicyOperations) {}

  @Route(httpApi.getPolicyPack)
  pack(@Asked() call: Call<typeof httpApi.getPolicyPack>): Promise<Answer> {
    return this.policy.pack(call);
  }

  @Route(httpApi.activatePolicy)
  activate(@Asked() call: Call<typeof httpApi.activatePolicy>): Promise<Answer> {
    return this.policy.activate(call);
  }

  @Route(httpApi.revokeRule)
  revoke(@Asked() call: Call<typeof httpApi.revokeRule>): Promise<Answer> {
    return this.policy.revoke(call);
  }

  @Route(httpApi.moveRun)
  move(@Asked() call: Call<typeof httpApi.moveRun>): Promise<Answer> {
    return this.policy.move(call);
  }
}
