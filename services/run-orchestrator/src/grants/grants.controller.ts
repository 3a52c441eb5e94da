import { listGrants, revokeGrant } from '@causeway/contracts';
import type { Incoming } from '@causeway/messaging';
import { Handles } from '@causeway/messaging/nest';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { Grants } from './grants.ts';

export const GRANTS = Symbol('grants');

@Controller()
export class GrantsController {
  readonly #grants: Grants;
  constructor(@Inject(GRANTS) grants: Grants) {
    this.#grants = grants;
  }

  @Handles(revokeGrant)
  revoke(@Payload() request: Incoming<typeof revokeGrant>) {
    return this.#grants.revoke(request);
  }

  @Handles(listGrants)
  list(@Payload() request: Incoming<typeof listGrants>) {
    return this.#grants.list(request);
  }
}
