import type { ApprovalState, ApprovalView, RunOrchestratorEvent } from '@causeway/contracts';
import type { DocumentProjection } from '@causeway/postgres';

export type ApprovalDocument = ApprovalView & { readonly requestedAtPosition: number };

/** The approvals desk: everything that waits, or waited, for a person. */
export const approvalsProjection: DocumentProjection<ApprovalDocument> = {
  table: 'approval_view',
  keysOf: ({ type, stream }) => (type.startsWith('approval.') ? [stream] : []),
  evolve: (approval, recorded) => {
    const event = recorded as unknown as RunOrchestratorEvent;
    if (event.type === 'approval.requested') {
      const { content, digest, reason, at } = event.data;
      return { approvalId: content.approvalId, state: 'pending', content, digest, reason, requestedAt: at, requestedAtPosition: recorded.position };
    }
    return approval && changed(approval, event);
  },
};

function changed(approval: ApprovalDocument, event: RunOrchestratorEvent): ApprovalDocument {
  const decided = (state: ApprovalState, by: string, reason: string, at: string) => ({ ...approval, state, decidedBy: by, decidedAt: at, decisionReason: reason });
  switch (event.type) {
    case 'approval.granted':
      return decided('granted', event.data.grantedBy, event.data.reason, event.data.at);
    case 'approval.denied':
      return decided('denied', event.data.deniedBy, event.data.reason, event.data.at);
    case 'approval.expired':
      return { ...approval, state: 'expired' };
    case 'approval.consumed':
      return { ...approval, state: 'consumed' };
    case 'approval.withdrawn':
      return { ...approval, state: 'withdrawn' };
    default:
      return approval;
  }
}

/** The document as the contract shows it. */
export function toApprovalView({ requestedAtPosition: _, ...view }: ApprovalDocument): ApprovalView {
  return view;
}
