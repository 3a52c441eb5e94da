import type { ApprovalView, RunOrchestratorEvent } from '@causeway/contracts';
import type { DocumentProjection } from '@causeway/postgres';

export type ApprovalDocument = ApprovalView & { readonly requestedAtPosition: number };

/** The approvals desk: everything that waits, or waited, for a person. */
export const approvalsProjection: DocumentProjection<ApprovalDocument> = {
  table: 'approval_view',
  keysOf: ({ type, stream }) => (type.startsWith('approval.') ? [stream] : []),
  begins: ({ type }) => type === 'approval.requested',
  evolve: (approval, recorded) => {
    const event = recorded as unknown as RunOrchestratorEvent;
    if (event.type !== 'approval.requested') return approval && changed(approval, event);
    const { content, digest, reason, at: requestedAt } = event.data;
    const { approvalId } = content;
    const requestedAtPosition = recorded.position;
    return { approvalId, state: 'pending', content, digest, reason, requestedAt, requestedAtPosition };
  },
};

type Decision = { readonly by: string; readonly at: string; readonly reason: string };

function changed(approval: ApprovalDocument, event: RunOrchestratorEvent): ApprovalDocument {
  const decided = (state: 'granted' | 'denied', { by, at, reason }: Decision): ApprovalDocument => ({
    ...approval,
    ...{ state, decidedBy: by, decidedAt: at, decisionReason: reason },
  });
  switch (event.type) {
    case 'approval.granted':
      return decided('granted', { ...event.data, by: event.data.grantedBy });
    case 'approval.denied':
      return decided('denied', { ...event.data, by: event.data.deniedBy });
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
