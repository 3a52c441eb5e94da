import type { ApprovalContent, ApprovalState, Rejection, RunOrchestratorEvent } from '@causeway/contracts';
import { accept, refuse, type Decider, type Decision } from '@causeway/eventing';

/** Content, digest and requester never change after the request. `version` is that of the stream. */
export type Requested = {
  readonly kind: 'approval';
  readonly state: ApprovalState;
  readonly content: ApprovalContent;
  readonly isContentErased?: true;
  readonly digest: string;
  /** Why policy asks for a person. */
  readonly reason: string;
  readonly requestedBy: string;
  readonly requestedAt: string;
  readonly decision?: Verdict;
  readonly version: number;
};
export type Approval = { readonly kind: 'none' } | Requested;

/** What a person said. It stays, whatever becomes of the approval afterwards. */
export type Verdict = {
  readonly verdict: 'granted' | 'denied';
  readonly by: string;
  readonly at: string;
  readonly reason: string;
};

type Asked = { readonly reason: string; readonly by: string; readonly at: string };
export type ApprovalCommand =
  | ({ readonly type: 'grant'; readonly digest: string } & Asked)
  | ({ readonly type: 'deny' } & Asked)
  | { readonly type: 'expire'; readonly at: string }
  | { readonly type: 'withdraw'; readonly reason: string; readonly at: string };
type Event = RunOrchestratorEvent;
type ApprovalDecision = Decision<Event, Rejection>;

/** The rules of an approval: decided once, by somebody else than who asked, before it expires, on exactly the content shown. */
export const approvalDecider: Decider<Approval, ApprovalCommand, Event, Rejection> = {
  initialState: () => ({ kind: 'none' }),
  decide,
  evolve,
};

function decide(command: ApprovalCommand, approval: Approval): ApprovalDecision {
  if (approval.kind === 'none') {
    return refuse({ code: 'APPROVAL_NOT_FOUND', detail: 'there is no such approval; list the pending ones' });
  }
  const { approvalId } = approval.content;
  switch (command.type) {
    case 'grant':
      return grant(command, approval);
    case 'deny':
      return deny(command, approval);
    case 'expire': {
      const due = isOpen(approval) && isPastExpiry(approval, command.at);
      return due ? accept<Event>({ type: 'approval.expired', data: { approvalId, at: command.at } }) : accept();
    }
    case 'withdraw': {
      const { reason, at } = command;
      return isOpen(approval)
        ? accept<Event>({ type: 'approval.withdrawn', data: { approvalId, reason, at } })
        : accept();
    }
  }
}

function grant(command: Extract<ApprovalCommand, { type: 'grant' }>, approval: Requested): ApprovalDecision {
  const { approvalId } = approval.content;
  if (approval.digest !== command.digest) {
    const detail = `the digest is not that of ${approvalId}; read the approval again and send the digest it shows`;
    return refuse({ code: 'APPROVAL_DIGEST_MISMATCH', detail });
  }
  if (isSameVerdict(approval, 'granted', command.by)) return accept();
  if (approval.isContentErased) {
    const detail = `what ${approvalId} would execute was erased, and nobody agrees to what cannot be seen; deny it, and have the step asked for again`;
    return refuse({ code: 'APPROVAL_DIGEST_MISMATCH', detail });
  }
  const refusal = undecidable(approval, command);
  if (refusal) return refuse(refusal);
  const { digest, by: grantedBy, reason, at } = command;
  return accept<Event>({ type: 'approval.granted', data: { approvalId, digest, grantedBy, reason, at } });
}

function deny(command: Extract<ApprovalCommand, { type: 'deny' }>, approval: Requested): ApprovalDecision {
  if (isSameVerdict(approval, 'denied', command.by)) return accept();
  const refusal = undecidable(approval, command);
  if (refusal) return refuse(refusal);
  const { by: deniedBy, reason, at } = command;
  const { approvalId } = approval.content;
  return accept<Event>({ type: 'approval.denied', data: { approvalId, deniedBy, reason, at } });
}

/** The same person said the same before: the answer was lost, and is given again. */
const isSameVerdict = ({ decision }: Requested, verdict: Verdict['verdict'], by: string): boolean =>
  decision?.verdict === verdict && decision.by === by;

function undecidable(approval: Requested, { by, at }: Asked): Rejection | undefined {
  const { approvalId, expiresAt } = approval.content;
  if (approval.requestedBy === by) {
    return { code: 'APPROVAL_OWN_REQUEST', detail: `${by} asked for ${approvalId}; somebody else has to decide` };
  }
  if (approval.state !== 'pending') {
    const detail = `${approvalId} is ${approval.state}; there is nothing to decide any more`;
    return { code: 'APPROVAL_NOT_PENDING', detail };
  }
  if (!isPastExpiry(approval, at)) return undefined;
  const detail = `${approvalId} expired at ${expiresAt}; the step has to be asked for again`;
  return { code: 'APPROVAL_EXPIRED', detail };
}

/** Whether something can still become of it: not denied, expired, consumed or withdrawn. */
export const isOpen = ({ state }: Requested): boolean => state === 'pending' || state === 'granted';

/** Whether the approval's time is over at this moment. */
export const isPastExpiry = ({ content }: Requested, at: string): boolean =>
  Date.parse(at) >= Date.parse(content.expiresAt);

function evolve(approval: Approval, event: Event): Approval {
  if (event.type === 'approval.requested') {
    const { content, digest, reason, requestedBy, at: requestedAt } = event.data;
    const asked = { content, digest, reason, requestedBy, requestedAt };
    return {
      kind: 'approval',
      state: 'pending',
      ...asked,
      ...(event.erased ? { isContentErased: true } : {}),
      version: 1,
    };
  }
  return approval.kind === 'none' ? approval : { ...changed(approval, event), version: approval.version + 1 };
}

function changed(approval: Requested, event: Event): Requested {
  switch (event.type) {
    case 'approval.granted': {
      const { grantedBy: by, at, reason } = event.data;
      return { ...approval, state: 'granted', decision: { verdict: 'granted', by, at, reason } };
    }
    case 'approval.denied': {
      const { deniedBy: by, at, reason } = event.data;
      return { ...approval, state: 'denied', decision: { verdict: 'denied', by, at, reason } };
    }
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
