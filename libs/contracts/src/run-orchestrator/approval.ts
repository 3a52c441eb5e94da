import { z } from 'zod';
import { ApprovalId, PrincipalId, RunId, SessionId, Sha256Hex, StepId } from '../ids.ts';
import { JsonObject } from '../json.ts';
import { PolicyRef } from '../policy-ref.ts';

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
});
export type ApprovalContent = z.infer<typeof ApprovalContent>;

export const APPROVAL_STATES = ['pending', 'granted', 'denied', 'expired', 'consumed', 'withdrawn'] as const;
export const ApprovalState = z.enum(APPROVAL_STATES);
export type ApprovalState = z.infer<typeof ApprovalState>;

export const ApprovalView = z.strictObject({
  approvalId: ApprovalId,
  state: ApprovalState,
  content: ApprovalContent,
  digest: Sha256Hex,
  reason: z.string(),
  requestedAt: z.string(),
  decidedBy: z.string().optional(),
  decidedAt: z.string().optional(),
  decisionReason: z.string().optional(),
});
export type ApprovalView = z.infer<typeof ApprovalView>;
