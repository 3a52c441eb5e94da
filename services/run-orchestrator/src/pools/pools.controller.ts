import { extendPool, listPools } from '@causeway/contracts';
import type { Incoming } from '@causeway/messaging';
import { Handles } from '@causeway/messaging/nest';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { Pools } from './pools.ts';

export const POOLS = Symbol('pools');

@Controller()
export class PoolsController {
  readonly #pools: Pools;
  constructor(@Inject(POOLS) pools: Pools) {
    this.#pools = pools;
  }

  @Handles(extendPool)
  extend(@Payload() request: Incoming<typeof extendPool>) {
    return this.#pools.extend(request);
  }

  @Handles(listPools)
  list(@Payload() request: Incoming<typeof listPools>) {
    return this.#pools.list(request);
  }
}
