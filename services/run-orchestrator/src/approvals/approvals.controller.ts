import { denyApproval, getApproval, grantApproval, listApprovals, returnApproval } from '@causeway/contracts';
import type { Incoming } from '@causeway/messaging';
import { Handles } from '@causeway/messaging/nest';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { Approvals } from './approvals.ts';

export const APPROVALS = Symbol('approvals');

@Controller()
export class ApprovalsController {
  readonly #approvals: Approvals;
  constructor(@Inject(APPROVALS) approvals: Approvals) {
    this.#approvals = approvals;
  }

  @Handles(grantApproval)
  grant(@Payload() request: Incoming<typeof grantApproval>) {
    return this.#approvals.grant(request);
  }

  @Handles(denyApproval)
  deny(@Payload() request: Incoming<typeof denyApproval>) {
    return this.#approvals.deny(request);
  }

  @Handles(returnApproval)
  giveBack(@Payload() request: Incoming<typeof returnApproval>) {
    return this.#approvals.giveBack(request);
  }

  @Handles(getApproval)
  get(@Payload() request: Incoming<typeof getApproval>) {
    return this.#approvals.get(request);
  }

  @Handles(listApprovals)
  list(@Payload() request: Incoming<typeof listApprovals>) {
    return this.#approvals.list(request);
  }
}
