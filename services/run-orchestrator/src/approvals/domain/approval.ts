import type { ApprovalContent, ApprovalState, Rejection, RunOrchestratorEvent } from '@causeway/contracts';
import { accept, refuse, type Decider, type Decision } from '@causeway/eventing';

/** Content, digest and requester never change after the request; only the state does. `version` is that of the stream. */
export type Approval =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'approval';
      readonly state: ApprovalState;
      readonly content: ApprovalContent;
      readonly digest: string;
      readonly requestedBy: string;
      readonly version: number;
    };
type Requested = Extract<Approval, { kind: 'approval' }>;

export type ApprovalCommand =
  | { readonly type: 'grant'; readonly digest: string; readonly reason: string; readonly by: string; readonly at: string }
  | { readonly type: 'deny'; readonly reason: string; readonly by: string; readonly at: string }
  | { readonly type: 'expire'; readonly at: string }
  | { readonly type: 'withdraw'; readonly reason: string; readonly at: string };

/** The rules of an approval: decided once, by somebody else than who asked, before it expires, on exactly the content shown. */
export const approvalDecider: Decider<Approval, ApprovalCommand, RunOrchestratorEvent, Rejection> = {
  initialState: () => ({ kind: 'none' }),
  decide,
  evolve,
};

function decide(command: ApprovalCommand, approval: Approval): Decision<RunOrchestratorEvent, Rejection> {
  if (approval.kind === 'none') return refuse({ code: 'APPROVAL_NOT_FOUND', detail: 'there is no such approval; list the pending ones' });
  const { approvalId } = approval.content;
  switch (command.type) {
    case 'grant':
      return grant(command, approval);
    case 'deny': {
      if (approval.state === 'denied') return accept();
      const refusal = undecidable(approval, command);
      if (refusal) return refuse(refusal);
      return accept<RunOrchestratorEvent>({ type: 'approval.denied', data: { approvalId, deniedBy: command.by, reason: command.reason, at: command.at } });
    }
    case 'expire': {
      const due = isPastExpiry(approval, command.at) && (approval.state === 'pending' || approval.state === 'granted');
      return due ? accept<RunOrchestratorEvent>({ type: 'approval.expired', data: { approvalId, at: command.at } }) : accept();
    }
    case 'withdraw': {
      const open = approval.state === 'pending' || approval.state === 'granted';
      return open ? accept<RunOrchestratorEvent>({ type: 'approval.withdrawn', data: { approvalId, reason: command.reason, at: command.at } }) : accept();
    }
  }
}

function grant(command: Extract<ApprovalCommand, { type: 'grant' }>, approval: Requested): Decision<RunOrchestratorEvent, Rejection> {
  const { approvalId } = approval.content;
  if (approval.digest !== command.digest) {
    return refuse({
      code: 'APPROVAL_DIGEST_MISMATCH',
      detail: `the digest is not that of ${approvalId}; read the approval again and send the digest it shows`,
    });
  }
  if (approval.state === 'granted') return accept();
  const refusal = undecidable(approval, command);
  if (refusal) return refuse(refusal);
  const { digest, by: grantedBy, reason, at } = command;
  return accept<RunOrchestratorEvent>({ type: 'approval.granted', data: { approvalId, digest, grantedBy, reason, at } });
}

function undecidable(approval: Requested, { by, at }: { by: string; at: string }): Rejection | undefined {
  const { approvalId, expiresAt } = approval.content;
  if (approval.state !== 'pending') return { code: 'APPROVAL_NOT_PENDING', detail: `${approvalId} is ${approval.state}; there is nothing to decide any more` };
  if (approval.requestedBy === by) return { code: 'APPROVAL_OWN_REQUEST', detail: `${by} asked for ${approvalId}; somebody else has to decide` };
  if (isPastExpiry(approval, at)) return { code: 'APPROVAL_EXPIRED', detail: `${approvalId} expired at ${expiresAt}; the step has to be asked for again` };
  return undefined;
}

/** Whether the approval's time is over at this moment. */
export const isPastExpiry = (approval: Requested, at: string): boolean => Date.parse(at) >= Date.parse(approval.content.expiresAt);

const STATE_AFTER = {
  'approval.granted': 'granted',
  'approval.denied': 'denied',
  'approval.expired': 'expired',
  'approval.consumed': 'consumed',
  'approval.withdrawn': 'withdrawn',
} as const satisfies Partial<Record<RunOrchestratorEvent['type'], ApprovalState>>;

function evolve(approval: Approval, event: RunOrchestratorEvent): Approval {
  if (event.type === 'approval.requested') {
    const { content, digest, requestedBy } = event.data;
    return { kind: 'approval', state: 'pending', content, digest, requestedBy, version: 1 };
  }
  if (approval.kind === 'none' || !(event.type in STATE_AFTER)) return approval;
  return { ...approval, state: STATE_AFTER[event.type as keyof typeof STATE_AFTER], version: approval.version + 1 };
}
