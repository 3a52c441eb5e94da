import type { ApprovalContent, ApprovalState, GivenGrant, JsonObject, RunOrchestratorEvent } from '@causeway/contracts';

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
  /** Who agreed so far, each another person. */
  readonly given: readonly GivenGrant[];
  readonly decision?: Verdict;
  readonly suggestedInput?: JsonObject;
  readonly grantId?: string;
  readonly version: number;
};
export type Approval = { readonly kind: 'none' } | Requested;

/** What a person said that decided. It stays, whatever becomes of the approval afterwards. */
export type Verdict = {
  readonly verdict: 'granted' | 'denied' | 'returned';
  readonly by: string;
  readonly at: string;
  readonly reason: string;
};

type Event = RunOrchestratorEvent;
type Of<Type extends Event['type']> = Extract<Event, { type: Type }>;

/** How many different people have to grant it. */
export const quorumOf = ({ quorum = 1 }: Pick<ApprovalContent, 'quorum'>): number => quorum;

/** Whether something can still become of it: not denied, returned, expired, consumed or withdrawn. */
export const isOpen = ({ state }: Requested): boolean => state === 'pending' || state === 'granted';

/** Whether the approval's time is over at this moment. */
export const isPastExpiry = ({ content }: Pick<Requested, 'content'>, at: string): boolean =>
  Date.parse(at) >= Date.parse(content.expiresAt);

/** The approval after an event. Never refuses: the past is a fact. */
export function evolve(approval: Approval, event: Event): Approval {
  if (event.type === 'approval.requested') return requested(event);
  return approval.kind === 'none' ? approval : { ...changed(approval, event), version: approval.version + 1 };
}

function requested({ data, erased }: Of<'approval.requested'>): Requested {
  const { content, digest, reason, requestedBy, at: requestedAt } = data;
  return {
    ...{ kind: 'approval', state: 'pending', content, digest, reason, requestedBy, requestedAt, given: [], version: 1 },
    ...(erased ? { isContentErased: true } : {}),
  };
}

function changed(approval: Requested, event: Event): Requested {
  switch (event.type) {
    case 'approval.granted':
      return granted(approval, event.data);
    case 'approval.denied': {
      const { deniedBy: by, at, reason } = event.data;
      return { ...approval, state: 'denied', decision: { verdict: 'denied', by, at, reason } };
    }
    case 'approval.returned': {
      const { returnedBy: by, at, feedback: reason, suggestedInput } = event.data;
      const decision = { verdict: 'returned' as const, by, at, reason };
      return { ...approval, state: 'returned', decision, ...(suggestedInput ? { suggestedInput } : {}) };
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

/** One yes more; the last one that its quorum needs decides. */
function granted(
  approval: Requested,
  { grantedBy: by, at, reason, grantId }: Of<'approval.granted'>['data'],
): Requested {
  const given = [...approval.given, { by, at, reason }];
  const next = { ...approval, given, ...(grantId ? { grantId } : {}) };
  if (approval.state !== 'pending' || given.length < quorumOf(approval.content)) return next;
  return { ...next, state: 'granted', decision: { verdict: 'granted', by, at, reason } };
}
