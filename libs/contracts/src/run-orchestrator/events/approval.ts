import { z } from 'zod';
import { ERASED_TEXT } from '../../erasable.ts';
import { ApprovalId, GrantId, PrincipalId, RunId, Sha256Hex, StepId } from '../../ids.ts';
import { JsonObject } from '../../json.ts';
import { ApprovalContent } from '../approval.ts';
import { At, reason } from './common.ts';

/** Events of an approval. */
export const approvalEvents = {
  'approval.requested': {
    erasable: { 'content.input': {}, 'content.statement': undefined },
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
      /** The standing grant that was issued in the same append. */
      grantId: GrantId.optional(),
      at: At,
    }),
  },
  'approval.denied': {
    erasable: reason,
    data: z.strictObject({ approvalId: ApprovalId, deniedBy: PrincipalId, reason: z.string(), at: At }),
  },
  /** Not like this: the agent is told what to change, and may ask again as a new step. */
  'approval.returned': {
    erasable: { feedback: ERASED_TEXT, suggestedInput: undefined },
    data: z.strictObject({
      approvalId: ApprovalId,
      returnedBy: PrincipalId,
      feedback: z.string(),
      suggestedInput: JsonObject.optional(),
      at: At,
    }),
  },
  'approval.expired': { data: z.strictObject({ approvalId: ApprovalId, at: At }) },
  'approval.consumed': {
    data: z.strictObject({ approvalId: ApprovalId, digest: Sha256Hex, runId: RunId, stepId: StepId, at: At }),
  },
  /** The run ended before anybody decided. */
  'approval.withdrawn': { data: z.strictObject({ approvalId: ApprovalId, reason: z.string(), at: At }) },
} as const;
