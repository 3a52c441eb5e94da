import { z } from 'zod';
import { ERASED_TEXT } from '../../erasable.ts';
import { ApprovalId, CallId, GrantId, KillId, PrincipalId, Sha256Hex } from '../../ids.ts';
import { JsonObject } from '../../json.ts';
import { PolicyRef } from '../../policy-ref.ts';
import { Rejection } from '../../rejection.ts';
import { Usage } from '../budget.ts';
import { StepFinding, StepResult } from '../run-view.ts';
import { SubgoalId } from '../subgoal.ts';
import { At, Leaves, rejection, step } from './common.ts';

/** What a step bears on: the leaves that it counts for once it ends, and those whose earlier evidence it makes stale. */
const Bearing = z.strictObject({ counts: Leaves, voids: Leaves });

/** Events of a step, and what policy decided about it. */
export const stepEvents = {
  'step.requested': {
    erasable: { input: {} },
    data: z.strictObject({
      ...step,
      capability: z.string(),
      input: JsonObject,
      inputDigest: Sha256Hex,
      /** Digest of the capability's descriptor that the input was checked against; left out by earlier versions. */
      capabilityDigest: Sha256Hex.optional(),
      /** Whether it counts for the run's predicate once it succeeds; left out by earlier versions, which looked at the input again. */
      counts: z.boolean().optional(),
      /** Left out when it bears on nothing, and by earlier versions, in which `counts` spoke of the only leaf. */
      bears: Bearing.optional(),
      /** The subgoal that it was asked for, and what it bears on there. */
      subgoal: z.strictObject({ subgoalId: SubgoalId, bears: Bearing.optional() }).optional(),
      requestedBy: PrincipalId,
    }),
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
      /** The standing grant that was used for it, in the same append. */
      grantId: GrantId.optional(),
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
      /** Leaves that look into the result and found there what they ask for, told here because the result can be erased, or is kept elsewhere. */
      matches: Leaves,
      subgoalMatches: Leaves,
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
  /** It is not tried again. The attempt that is on its way ends with the fate that it has. */
  'step.killed': { data: z.strictObject({ ...step, killId: KillId }) },
  /** A person looked. The step's outcome stays unknown: what is sealed as an answer is never answered differently. */
  'step.acknowledged': {
    erasable: { note: ERASED_TEXT },
    data: z.strictObject({ ...step, finding: StepFinding, note: z.string(), acknowledgedBy: PrincipalId }),
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
} as const;
