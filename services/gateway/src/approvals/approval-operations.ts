import {
  denyApproval,
  getApproval,
  grantApproval,
  listApprovals,
  returnApproval,
  type ApprovalView,
  type httpApi,
  type ReplyEnvelope,
} from '@causeway/contracts';
import { answerOf, okay, type Answer } from '../http/answer.ts';
import type { Ask } from '../http/ask.ts';
import type { Call } from '../http/call.ts';

const approval = (reply: ReplyEnvelope<ApprovalView>): Answer => answerOf(reply, (view) => okay(view));

/** What the routes of approvals do. Who decides is the principal of the call, never a name in a body. */
export function approvalOperations(ask: Ask) {
  return {
    list: async (call: Call<typeof httpApi.listApprovals>): Promise<Answer> =>
      answerOf(await ask(listApprovals, call.query, call), okay),

    read: async (call: Call<typeof httpApi.getApproval>): Promise<Answer> =>
      approval(await ask(getApproval, { ...call.params, ...call.query }, call)),

    grant: async (call: Call<typeof httpApi.grantApproval>): Promise<Answer> =>
      approval(await ask(grantApproval, { ...call.params, ...call.body }, call)),

    deny: async (call: Call<typeof httpApi.denyApproval>): Promise<Answer> =>
      approval(await ask(denyApproval, { ...call.params, ...call.body }, call)),

    giveBack: async (call: Call<typeof httpApi.returnApproval>): Promise<Answer> =>
      approval(await ask(returnApproval, { ...call.params, ...call.body }, call)),
  };
}
export type ApprovalOperations = ReturnType<typeof approvalOperations>;
