import { z } from 'zod';
import { defineEvents, type EventOf } from '../define.ts';
import { ERASED_TEXT } from '../erasable.ts';
import { ApprovalId, CallId, PrincipalId, RunId, SessionId, Sha256Hex, StepId } from '../ids.ts';
import { JsonObject } from '../json.ts';
import { PolicyRef } from '../policy-ref.ts';
import { Rejection } from '../rejection.ts';
import { ApprovalContent } from './approval.ts';
import { BudgetLimits, Usage } from './budget.ts';
import { Predicate } from './predicates.ts';
import { PauseCause, StepResult } from './run-view.ts';

const At = z.iso.datetime();
const step = { stepId: StepId, at: At };

/** A reason that a person gave. */
const reason = { reason: ERASED_TEXT } as const;
/** Words and values of a refusal; its code, rule and policy stay. */
const rejection = {
  'rejection.detail': ERASED_TEXT,
  'rejection.errors': undefined,
  'rejection.facts': undefined,
} as const;

/**
 * Events of run-orchestrator. What people and agents write, and what comes from outside, is erasable. What decides is in line: a run's
 * predicate therefore, and the reasons that rules give. Decisions on erased events are those that were made on the whole ones.
 */
export const runOrchestratorEvents = defineEvents('run-orchestrator', {
  'policy.activated': { data: z.strictObject({ policy: PolicyRef, at: At }) },

  'session.opened': {
    data: z.strictObject({
      sessionId: SessionId,
      agentId: PrincipalId,
      tokenSha256: Sha256Hex,
      openedBy: PrincipalId,
      at: At,
    }),
  },
  'session.revoked': {
    erasable: reason,
    data: z.strictObject({ sessionId: SessionId, revokedBy: PrincipalId, reason: z.string(), at: At }),
  },

  'run.started': {
    erasable: { goal: ERASED_TEXT },
    data: z.strictObject({
      runId: RunId,
      sessionId: SessionId,
      agentId: PrincipalId,
      goal: z.string(),
      budget: BudgetLimits,
      predicate: Predicate,
      policy: PolicyRef,
      startedBy: PrincipalId,
      at: At,
    }),
  },
  'run.paused': {
    data: z.strictObject({
      cause: PauseCause,
      deadlineAt: At,
      wallClockUsedMs: z.int().min(0),
      approvalId: ApprovalId.optional(),
      at: At,
    }),
  },
  'run.resumed': { data: z.strictObject({ cause: PauseCause, by: PrincipalId, at: At }) },
  'run.claimed': {
    erasable: { note: ERASED_TEXT },
    data: z.strictObject({ claimedBy: PrincipalId, note: z.string(), at: At }),
  },
  /** `evidence`: the steps that prove it, or what an operator said. */
  'run.done': {
    erasable: { evidence: [] },
    data: z.strictObject({
      verifiedBy: z.string(),
      evidence: z.array(z.string()),
      wallClockUsedMs: z.int().min(0),
      at: At,
    }),
  },
  'run.failed': {
    data: z.strictObject({ code: z.string(), reason: z.string(), wallClockUsedMs: z.int().min(0), at: At }),
  },
  'run.cancelled': {
    erasable: reason,
    data: z.strictObject({ cancelledBy: PrincipalId, reason: z.string(), wallClockUsedMs: z.int().min(0), at: At }),
  },
  /** A completion claim that the ledger does not bear out. */
  'claim.refused': { data: z.strictObject({ claimedBy: PrincipalId, code: z.string(), missing: z.string(), at: At }) },

  'step.requested': {
    erasable: { input: {} },
    data: z.strictObject({
      ...step,
      capability: z.string(),
      input: JsonObject,
      inputDigest: Sha256Hex,
      /** Whether it counts for the run's predicate once it succeeds; left out by earlier versions, which looked at the input again. */
      counts: z.boolean().optional(),
      requestedBy: PrincipalId,
    }),
  },
  'policy.decided': {
    data: z.strictObject({
      ...step,
      verdict: z.enum(['allow', 'ask', 'deny']),
      rule: z.string(),
      reason: z.string(),
      policy: PolicyRef,
      allowed: z.array(z.string()).optional(),
    }),
  },
  'budget.reserved': { data: z.strictObject({ ...step, steps: z.int().min(1) }) },
  'budget.settled': {
    data: z.strictObject({ ...step, steps: z.int().min(0), bytesIn: z.int().min(0), bytesOut: z.int().min(0) }),
  },
  /** The sealed intent: nothing leaves before this is in the ledger. */
  'step.started': {
    data: z.strictObject({
      ...step,
      attempt: z.int().min(1),
      callId: CallId,
      owner: z.string(),
      executor: PrincipalId,
      deadlineAt: At,
      approvalId: ApprovalId.optional(),
    }),
  },
  'step.held': { data: z.strictObject({ ...step, approvalId: ApprovalId, digest: Sha256Hex }) },
  'step.denied': {
    erasable: rejection,
    data: z.strictObject({ ...step, capability: z.string(), rejection: Rejection }),
  },
  'step.succeeded': {
    erasable: { 'result.value': undefined },
    data: z.strictObject({
      ...step,
      attempt: z.int().min(1),
      result: StepResult,
      usage: Usage,
      factPosition: z.int().min(0).optional(),
    }),
  },
  'step.failed': {
    erasable: { ...rejection, 'result.value': undefined },
    data: z.strictObject({
      ...step,
      attempt: z.int().min(1),
      rejection: Rejection,
      /** What the provider answered, when it answered. */
      result: StepResult.optional(),
      usage: Usage,
      factPosition: z.int().min(0).optional(),
    }),
  },
  /** Whether the effect happened cannot be told from the ledger: a person has to look. Never repeated by the system. */
  'step.unknown': { data: z.strictObject({ ...step, attempt: z.int().min(1), reason: z.string() }) },

  'approval.requested': {
    erasable: { 'content.input': {} },
    data: z.strictObject({
      content: ApprovalContent,
      digest: Sha256Hex,
      reason: z.string(),
      requestedBy: PrincipalId,
      at: At,
    }),
  },
  'approval.granted': {
    erasable: reason,
    data: z.strictObject({
      approvalId: ApprovalId,
      digest: Sha256Hex,
      grantedBy: PrincipalId,
      reason: z.string(),
      at: At,
    }),
  },
  'approval.denied': {
    erasable: reason,
    data: z.strictObject({ approvalId: ApprovalId, deniedBy: PrincipalId, reason: z.string(), at: At }),
  },
  'approval.expired': { data: z.strictObject({ approvalId: ApprovalId, at: At }) },
  'approval.consumed': {
    data: z.strictObject({ approvalId: ApprovalId, digest: Sha256Hex, runId: RunId, stepId: StepId, at: At }),
  },
  /** The run ended before anybody decided. */
  'approval.withdrawn': { data: z.strictObject({ approvalId: ApprovalId, reason: z.string(), at: At }) },
});
export type RunOrchestratorEvent = EventOf<typeof runOrchestratorEvents>;
