import { z } from 'zod';
import { ApprovalId, GrantId, PrincipalId, Sha256Hex } from '../ids.ts';
import { JsonObject } from '../json.ts';
import { PolicyRef } from '../policy-ref.ts';
import { Risk } from './approval.ts';

/** Most uses of one standing grant. */
export const MAX_GRANT_USES = 1_000;
/** How long a standing grant may last at most, in ms: 30 days. */
export const MAX_GRANT_MS = 30 * 24 * 3_600_000;

/** What an approver allows beyond the one step: so many more like it, until then, as long as these input fields stay what they are. */
export const StandingTerms = z.strictObject({
  uses: z.int().min(1).max(MAX_GRANT_USES),
  until: z.iso.datetime(),
  /** Names of top-level fields of the approved input that have to be equal; all others are free. */
  match: z.array(z.string().min(1).max(128)).min(1).max(32),
});
export type StandingTerms = z.infer<typeof StandingTerms>;

/** What a standing grant covers. It is issued with an approval and never changes. */
export const GrantTerms = z.strictObject({
  grantId: GrantId,
  approvalId: ApprovalId,
  agentId: PrincipalId,
  capability: z.string(),
  capabilityDigest: Sha256Hex,
  policy: PolicyRef,
  rule: z.string(),
  risk: Risk,
  /** Names of the top-level input fields that have to be equal, sorted. */
  match: z.array(z.string()),
  /** SHA-256 over the RFC 8785 canonical form of those fields with their values. */
  matchDigest: Sha256Hex,
  uses: z.int().min(1).max(MAX_GRANT_USES),
  until: z.iso.datetime(),
});
export type GrantTerms = z.infer<typeof GrantTerms>;

export const GRANT_STATES = ['live', 'used-up', 'revoked', 'expired'] as const;
export const GrantState = z.enum(GRANT_STATES);
export type GrantState = z.infer<typeof GrantState>;

export const GrantView = z.strictObject({
  grantId: GrantId,
  state: GrantState,
  terms: GrantTerms,
  /** The fields that have to be equal, with their values; empty once they were erased. */
  matched: JsonObject,
  used: z.int().min(0),
  issuedBy: PrincipalId,
  issuedAt: z.string(),
  endedBy: PrincipalId.optional(),
  endedAt: z.string().optional(),
});
export type GrantView = z.infer<typeof GrantView>;
