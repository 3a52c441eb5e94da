import type { ApprovalState, ErrorCode, JsonObject, Rejection, RunOrchestratorEvent } from '@causeway/contracts';
import { accept, refuse, type Decider, type Decision } from '@causeway/eventing';
import { issued, standingRefusal, type PreparedStanding } from '../../grants/domain/issue-grant.ts';
import { evolve, isOpen, isPastExpiry, quorumOf, type Approval, type Requested, type Verdict } from './approval.ts';

/** Who says something, and when (ISO 8601). */
type Asked = { readonly by: string; readonly at: string };
export type ApprovalCommand =
  | ({
      readonly type: 'grant';
      readonly digest: string;
      readonly reason: string;
      readonly statement?: string | undefined;
      readonly standing?: PreparedStanding | undefined;
    } & Asked)
  | ({ readonly type: 'deny'; readonly reason: string } & Asked)
  | ({ readonly type: 'return'; readonly feedback: string; readonly suggestedInput?: JsonObject | undefined } & Asked)
  | { readonly type: 'expire'; readonly at: string }
  | { readonly type: 'withdraw'; readonly reason: string; readonly at: string };
type Of<Type extends ApprovalCommand['type']> = Extract<ApprovalCommand, { type: Type }>;
type Event = RunOrchestratorEvent;
type ApprovalDecision = Decision<Event, Rejection>;

/**
 * The rules of an approval: decided by others than those who asked, each person once, before it expires, on exactly the content shown and with
 * the statement that this content makes.
 */
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
    case 'return':
      return giveBack(command, approval);
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

function grant(command: Of<'grant'>, approval: Requested): ApprovalDecision {
  const { approvalId } = approval.content;
  if (approval.digest !== command.digest) {
    const detail = `the digest is not that of ${approvalId}; read the approval again and send the digest it shows`;
    return refuse({ code: 'APPROVAL_DIGEST_MISMATCH', detail });
  }
  if (isSameGrant(command, approval)) return accept();
  const refusal = grantRefusal(command, approval);
  if (refusal) return refuse(refusal);
  const { digest, by: grantedBy, reason, at, standing } = command;
  const data = { approvalId, digest, grantedBy, reason, at };
  if (!standing) return accept<Event>({ type: 'approval.granted', data });
  const { grantId } = standing;
  return {
    accepted: true,
    events: [{ type: 'approval.granted', data: { ...data, grantId } }],
    also: [{ stream: grantId, expected: 'none', events: [issued(approval.content, standing, command)] }],
  };
}

/** The same person with the same words: the answer was lost, and is given again. */
const isSameGrant = ({ by, reason, standing }: Of<'grant'>, { given, grantId }: Requested): boolean =>
  given.some((one) => one.by === by && one.reason === reason) && standing?.grantId === grantId;

function grantRefusal(command: Of<'grant'>, approval: Requested): Rejection | undefined {
  const { content, given, isContentErased } = approval;
  if (isContentErased) {
    const detail = `what ${content.approvalId} would execute was erased, and nobody agrees to what cannot be seen; deny it, and have the step asked for again`;
    return { code: 'APPROVAL_CONTENT_ERASED', detail };
  }
  const refusal = undecidable(approval, command);
  if (refusal) return refusal;
  if (given.some(({ by }) => by === command.by)) {
    const detail = `${command.by} granted ${content.approvalId} already; ${quorumOf(content)} different people have to, and ${given.length} did`;
    return { code: 'APPROVAL_ALREADY_GIVEN', detail };
  }
  if (content.statement !== undefined && content.statement !== command.statement) {
    const detail = `${content.approvalId} is granted by giving back its statement word for word; read the approval and send the statement it shows`;
    return { code: 'APPROVAL_STATEMENT_MISMATCH', detail };
  }
  return command.standing && standingRefusal(content, command.standing, command.at);
}

function deny(command: Of<'deny'>, approval: Requested): ApprovalDecision {
  if (isSameVerdict(approval, 'denied', command.by)) return accept();
  const refusal = undecidable(approval, command);
  if (refusal) return refuse(refusal);
  const { by: deniedBy, reason, at } = command;
  const { approvalId } = approval.content;
  return accept<Event>({ type: 'approval.denied', data: { approvalId, deniedBy, reason, at } });
}

function giveBack(command: Of<'return'>, approval: Requested): ApprovalDecision {
  if (isSameVerdict(approval, 'returned', command.by)) return accept();
  const refusal = undecidable(approval, command);
  if (refusal) return refuse(refusal);
  const { by: returnedBy, feedback, suggestedInput, at } = command;
  const { approvalId } = approval.content;
  const suggested = suggestedInput ? { suggestedInput } : {};
  return accept<Event>({ type: 'approval.returned', data: { approvalId, returnedBy, feedback, ...suggested, at } });
}

const isSameVerdict = ({ decision }: Requested, verdict: Verdict['verdict'], by: string): boolean =>
  decision?.verdict === verdict && decision.by === by;

/** What somebody is told who comes too late, by what became of the approval. */
const SETTLED: Readonly<Record<Exclude<ApprovalState, 'pending'>, ErrorCode>> = {
  granted: 'APPROVAL_NOT_PENDING',
  denied: 'APPROVAL_DENIED',
  returned: 'APPROVAL_RETURNED',
  expired: 'APPROVAL_EXPIRED',
  consumed: 'APPROVAL_CONSUMED',
  withdrawn: 'APPROVAL_WITHDRAWN',
};

function undecidable(approval: Requested, { by, at }: Asked): Rejection | undefined {
  const { approvalId, expiresAt } = approval.content;
  const notYours = personRefusal(approval, by);
  if (notYours) return notYours;
  if (approval.state !== 'pending') {
    const detail = `${approvalId} is ${approval.state}; there is nothing to decide any more`;
    return { code: SETTLED[approval.state], detail };
  }
  if (!isPastExpiry(approval, at)) return undefined;
  const detail = `${approvalId} expired at ${expiresAt}; the step has to be asked for again`;
  return { code: 'APPROVAL_EXPIRED', detail };
}

/** Nobody decides what they asked for: the agent, and the people who let it work. */
function personRefusal({ content, requestedBy }: Requested, by: string): Rejection | undefined {
  const { approvalId, agentId, excluded = [], approvers } = content;
  if ([requestedBy, agentId, ...excluded].includes(by)) {
    const detail = `${by} asked for ${approvalId}, opened its session or started its run; somebody else has to decide`;
    return { code: 'APPROVAL_OWN_REQUEST', detail };
  }
  if (approvers === undefined || approvers.includes(by)) return undefined;
  const detail = `the policy pack leaves ${approvalId} to ${approvers.join(', ')}; one of them has to decide`;
  return { code: 'APPROVAL_NOT_APPROVER', detail };
}
