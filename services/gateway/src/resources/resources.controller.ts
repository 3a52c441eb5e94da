import { httpApi } from '@causeway/contracts';
import { Controller, Inject } from '@nestjs/common';
import type { Answer } from '../http/answer.ts';
import type { Call } from '../http/call.ts';
import { Asked, Route } from '../http/edge.module.ts';
import type { ResourceOperations } from './resource-operations.ts';

export const RESOURCE_OPERATIONS = Symbol('ResourceOperations');

@Controller()
export class ResourcesController {
  constructor(@Inject(RESOURCE_OPERATIONS) private readonly resources: ResourceOperations) {}

  @Route(httpApi.listResources)
  list(@Asked() call: Call<typeof httpApi.listResources>): Promise<Answer> {
    return this.resources.list(call);
  }

  @Route(httpApi.readResource)
  read(@Asked() call: Call<typeof httpApi.readResource>): Promise<Answer> {
    return this.resources.read(call);
  }

  @Route(httpApi.listCapabilities)
  capabilities(@Asked() call: Call<typeof httpApi.listCapabilities>): Promise<Answer> {
    return this.resources.capabilities(call);
  }
}
