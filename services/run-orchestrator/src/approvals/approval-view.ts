import type { ApprovalView } from '@causeway/contracts';
import type { Requested } from './domain/approval.ts';

/** An approval as the contract shows it, from what the ledger says. */
export function approvalViewOf(approval: Requested): ApprovalView {
  const { content, digest, state, reason, requestedBy, requestedAt, given, decision, suggestedInput, grantId } =
    approval;
  const decided = decision && { decidedBy: decision.by, decidedAt: decision.at, decisionReason: decision.reason };
  return {
    ...{ approvalId: content.approvalId, state, content, digest, reason, requestedBy, requestedAt, given: [...given] },
    ...decided,
    ...(suggestedInput ? { suggestedInput } : {}),
    ...(grantId ? { grantId } : {}),
  };
}
