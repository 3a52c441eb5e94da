import type { ApprovalView } from '@causeway/contracts';
import type { Requested } from './domain/approval.ts';

/** An approval as the contract shows it, from what the ledger says. */
export function approvalViewOf({ content, digest, state, reason, requestedAt, decision }: Requested): ApprovalView {
  const decided = decision && { decidedBy: decision.by, decidedAt: decision.at, decisionReason: decision.reason };
  return { approvalId: content.approvalId, state, content, digest, reason, requestedAt, ...decided };
}
