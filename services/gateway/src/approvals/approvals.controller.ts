import { httpApi } from '@causeway/contracts';
import { Controller, Inject } from '@nestjs/common';
import type { Answer } from '../http/answer.ts';
import type { Call } from '../http/call.ts';
import { Asked, Route } from '../http/edge.module.ts';
import type { ApprovalOperations } from './approval-operations.ts';

export const APPROVAL_OPERATIONS = Symbol('ApprovalOperations');

@Controller()
export class ApprovalsController {
  constructor(@Inject(APPROVAL_OPERATIONS) private readonly approvals: ApprovalOperations) {}

  @Route(httpApi.listApprovals)
  list(@Asked() call: Call<typeof httpApi.listApprovals>): Promise<Answer> {
    return this.approvals.list(call);
  }

  @Route(httpApi.getApproval)
  read(@Asked() call: Call<typeof httpApi.getApproval>): Promise<Answer> {
    return this.approvals.read(call);
  }

  @Route(httpApi.grantApproval)
  grant(@Asked() call: Call<typeof httpApi.grantApproval>): Promise<Answer> {
    return this.approvals.grant(call);
  }

  @Route(httpApi.denyApproval)
  deny(@Asked() call: Call<typeof httpApi.denyApproval>): Promise<Answer> {
    return this.approvals.deny(call);
  }

  @Route(httpApi.returnApproval)
  giveBack(@Asked() call: Call<typeof httpApi.returnApproval>): Promise<Answer> {
    return this.approvals.giveBack(call);
  }
}
