import { z } from 'zod';
import { defineCommand, defineQuery } from '../define.ts';
import { ApprovalId, GrantId, PrincipalId, RunId, StepId } from '../ids.ts';
import { JsonObject } from '../json.ts';
import { ApprovalView } from './approval.ts';
import { GrantState, GrantView } from './grant.ts';
import { StepFinding, StepView } from './run-view.ts';
import { WaitingItem } from './waiting.ts';

const owner = 'run-orchestrator';
const Reason = z.string().min(1).max(1000);
const minPosition = z.int().min(0).optional();
const limit = z.int().min(1).max(200).default(50);
const after = z.string().max(128).optional();

/** Gives the request back with what should be different. The step ends denied; the agent may ask again as a new step. */
export const returnApproval = defineCommand({
  owner,
  name: 'return-approval',
  data: z.strictObject({
    approvalId: ApprovalId,
    feedback: z.string().min(1).max(4000),
    suggestedInput: JsonObject.optional(),
  }),
  reply: ApprovalView,
  rejections: [
    'APPROVAL_NOT_FOUND',
    'APPROVAL_NOT_PENDING',
    'APPROVAL_OWN_REQUEST',
    'APPROVAL_NOT_APPROVER',
    'APPROVAL_EXPIRED',
    'APPROVAL_DENIED',
    'APPROVAL_RETURNED',
    'APPROVAL_CONSUMED',
    'APPROVAL_WITHDRAWN',
    'CAPABILITY_INPUT_INVALID',
    'LEDGER_UNAVAILABLE',
  ],
});

/** Ends a standing grant: no step starts with it any more. */
export const revokeGrant = defineCommand({
  owner,
  name: 'revoke-grant',
  data: z.strictObject({ grantId: GrantId, reason: Reason }),
  reply: GrantView,
  rejections: ['GRANT_NOT_FOUND', 'LEDGER_UNAVAILABLE'],
});

/** Newest first; `after` is the last grant id of the page before. */
export const listGrants = defineQuery({
  owner,
  name: 'list-grants',
  data: z.strictObject({ state: GrantState.optional(), agentId: PrincipalId.optional(), limit, after, minPosition }),
  reply: z.strictObject({ grants: z.array(GrantView), next: z.string().optional() }),
  rejections: ['PROJECTION_BEHIND'],
});

/** A person says what became of a step whose outcome is unknown. The outcome stays what it is. */
export const acknowledgeStep = defineCommand({
  owner,
  name: 'acknowledge-step',
  data: z.strictObject({ runId: RunId, stepId: StepId, finding: StepFinding, note: Reason }),
  reply: StepView,
  rejections: [
    'RUN_NOT_FOUND',
    'STEP_NOT_FOUND',
    'STEP_OUTCOME_KNOWN',
    'STEP_ALREADY_ACKNOWLEDGED',
    'LEDGER_UNAVAILABLE',
  ],
});

/** Everything that waits for a person: the worst first, and of equally bad things the oldest. */
export const listWaiting = defineQuery({
  owner,
  name: 'list-waiting',
  data: z.strictObject({ limit, minPosition }),
  reply: z.strictObject({ waiting: z.array(WaitingItem), total: z.int().min(0) }),
  rejections: ['PROJECTION_BEHIND'],
});
