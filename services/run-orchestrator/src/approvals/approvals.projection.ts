import type { ApprovalView, RunOrchestratorEvent } from '@causeway/contracts';
import type { DocumentProjection } from '@causeway/postgres';
import { approvalViewOf } from './approval-view.ts';
import { evolve, type Requested } from './domain/approval.ts';

export type ApprovalDocument = Requested & {
  readonly requestedAtPosition: number;
  readonly changedAtPosition: number;
};

/** The approvals desk: everything that waits, or waited, for a person. */
export const approvalsProjection: DocumentProjection<ApprovalDocument> = {
  table: 'approval_view',
  keysOf: ({ type, stream }) => (type.startsWith('approval.') ? [stream] : []),
  begins: ({ type }) => type === 'approval.requested',
  evolve: (approval, recorded) => {
    const next = evolve(approval ?? { kind: 'none' }, recorded as unknown as RunOrchestratorEvent);
    if (next.kind === 'none') return undefined;
    const { position } = recorded;
    return { ...next, requestedAtPosition: approval?.requestedAtPosition ?? position, changedAtPosition: position };
  },
};

/** The document as the contract shows it. */
export const toApprovalView = (document: ApprovalDocument): ApprovalView => approvalViewOf(document);
