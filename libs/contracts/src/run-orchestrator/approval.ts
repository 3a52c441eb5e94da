import { z } from 'zod';
import { ApprovalId, GrantId, PrincipalId, RunId, SessionId, Sha256Hex, StepId } from '../ids.ts';
import { JsonObject } from '../json.ts';
import { PolicyRef } from '../policy-ref.ts';
import { Meter } from './budget.ts';

/** What an approval lets happen: a step is executed, or a run's budget is raised. Left out by earlier versions: a step. */
export const APPROVAL_KINDS = ['step', 'budget-extension'] as const;
export const ApprovalKind = z.enum(APPROVAL_KINDS);
export type ApprovalKind = z.infer<typeof ApprovalKind>;

/** How much harm a wrong yes can do, in rising order: the queue of what waits for people is sorted by it. */
export const RISKS = ['low', 'medium', 'high', 'critical'] as const;
export const Risk = z.enum(RISKS);
export type Risk = z.infer<typeof Risk>;

/**
 * What exactly is approved. Its digest (SHA-256 over the RFC 8785 canonical form) binds the approval: anything else in any field is another
 * approval.
 */
export const ApprovalContent = z.strictObject({
  approvalId: ApprovalId,
  agentId: PrincipalId,
  sessionId: SessionId,
  runId: RunId,
  stepId: StepId,
  capability: z.string(),
  capabilityDigest: Sha256Hex,
  input: JsonObject,
  policy: PolicyRef,
  rule: z.string(),
  expiresAt: z.iso.datetime(),
  nonce: z.string(),
  kind: ApprovalKind.optional(),
  risk: Risk.optional(),
  /** The sentence, made from this content, that an approver has to give back word for word. Left out: a digest and a reason are enough. */
  statement: z.string().optional(),
  /** How many different people have to grant it; left out: one. */
  quorum: z.int().min(1).max(10).optional(),
  /** The only people who may decide it; left out: everybody with the role. */
  approvers: z.array(PrincipalId).max(64).optional(),
  /** Who may not decide it besides the agent: the people who opened its session and started its run. */
  excluded: z.array(PrincipalId).max(8).optional(),
  /** For an extension of a budget: the meter, and what is added to its limit. */
  extension: z.strictObject({ meter: Meter, delta: z.int().min(1) }).optional(),
});
export type ApprovalContent = z.infer<typeof ApprovalContent>;

export const APPROVAL_STATES = [
  'pending',
  'granted',
  'denied',
  'returned',
  'expired',
  'consumed',
  'withdrawn',
] as const;
export const ApprovalState = z.enum(APPROVAL_STATES);
export type ApprovalState = z.infer<typeof ApprovalState>;

/** One person's yes. */
export const GivenGrant = z.strictObject({ by: PrincipalId, at: z.string(), reason: z.string() });
export type GivenGrant = z.infer<typeof GivenGrant>;

/** An approval as it is shown: what would be executed and what has to be said for it, who asks, and who agreed so far. */
export const ApprovalView = z.strictObject({
  approvalId: ApprovalId,
  state: ApprovalState,
  content: ApprovalContent,
  digest: Sha256Hex,
  reason: z.string(),
  requestedBy: PrincipalId,
  requestedAt: z.string(),
  /** In the order in which they were given; the approval is granted once there are as many as its quorum. */
  given: z.array(GivenGrant),
  decidedBy: z.string().optional(),
  decidedAt: z.string().optional(),
  decisionReason: z.string().optional(),
  /** What the agent may ask for instead, when it was returned with a suggestion. */
  suggestedInput: JsonObject.optional(),
  /** The standing grant that was given with it. */
  grantId: GrantId.optional(),
});
export type ApprovalView = z.infer<typeof ApprovalView>;
