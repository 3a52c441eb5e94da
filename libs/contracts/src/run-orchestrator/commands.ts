import { z } from 'zod';
import { defineCommand } from '../define.ts';
import { ApprovalId, PrincipalId, RunId, SessionId, Sha256Hex, StepId } from '../ids.ts';
import { JsonObject } from '../json.ts';
import { ApprovalView } from './approval.ts';
import { BudgetLimits } from './budget.ts';
import { StandingTerms } from './grant.ts';
import { Predicate } from './predicates.ts';
import { RunView, StepOutcome } from './run-view.ts';
import { SessionView } from './session-view.ts';
import { SubgoalId, Subgoals } from './subgoal.ts';

const owner = 'run-orchestrator';
const Reason = z.string().min(1).max(1000);

/** Opens a session for an agent. The caller makes the token and sends only its SHA-256. */
export const openSession = defineCommand({
  owner,
  name: 'open-session',
  data: z.strictObject({
    sessionId: SessionId,
    agentId: PrincipalId,
    /** The team whose pools the runs of this session draw on, besides those of session and agent. */
    teamId: PrincipalId.optional(),
    tokenSha256: Sha256Hex,
  }),
  reply: SessionView,
  rejections: ['SESSION_ALREADY_OPENED', 'KILLED', 'LEDGER_UNAVAILABLE'],
});

export const revokeSession = defineCommand({
  owner,
  name: 'revoke-session',
  data: z.strictObject({ sessionId: SessionId, reason: Reason }),
  reply: SessionView,
  rejections: ['SESSION_NOT_FOUND', 'LEDGER_UNAVAILABLE'],
});

export const startRun = defineCommand({
  owner,
  name: 'start-run',
  data: z.strictObject({
    runId: RunId,
    sessionId: SessionId,
    goal: z.string().min(1).max(4000),
    /** What is left out comes from the policy pack's defaults. */
    budget: BudgetLimits.partial().default({}),
    predicate: Predicate,
    /** Taken up in this order. */
    subgoals: Subgoals.optional(),
    /** The run waits in state `scheduled` until then, and its budget's window opens then. Left out, or past: at once. */
    startsAt: z.iso.datetime().optional(),
    /** How many steps may be started before a checkpoint has to be made; left out, any number. */
    segmentSteps: z.int().min(1).max(1_000_000).optional(),
  }),
  reply: RunView,
  rejections: [
    'PREDICATE_PROVES_NOTHING',
    'RUN_ALREADY_STARTED',
    'SESSION_NOT_FOUND',
    'SESSION_REVOKED',
    'SESSION_BUSY',
    'KILLED',
    'BUDGET_ABOVE_LIMIT',
    'CAPABILITY_UNKNOWN',
    'LEDGER_UNAVAILABLE',
  ],
});

/**
 * One step. Answers when the step has an outcome or is held. Asked again with the same step id while it runs, it joins; afterwards it
 * returns the same outcome.
 */
export const executeStep = defineCommand({
  owner,
  name: 'execute-step',
  data: z.strictObject({
    runId: RunId,
    sessionId: SessionId,
    stepId: StepId,
    capability: z.string().min(1).max(128),
    input: JsonObject,
  }),
  reply: StepOutcome,
  rejections: [
    'RUN_NOT_FOUND',
    'RUN_NOT_ACTIVE',
    'RUN_PAUSED',
    'SESSION_REVOKED',
    'SEGMENT_ENDED',
    'KILLED',
    'STEP_ID_REUSED',
    'POLICY_VERSION_MISMATCH',
    'CAPABILITY_UNKNOWN',
    'CAPABILITY_INPUT_INVALID',
    'LEDGER_UNAVAILABLE',
  ],
});

/** The agent says that the run's goal, or its current subgoal, is reached; the predicate decides. */
export const claimCompletion = defineCommand({
  owner,
  name: 'claim-completion',
  data: z.strictObject({
    runId: RunId,
    sessionId: SessionId,
    subgoalId: SubgoalId.optional(),
    note: z.string().max(4000).default(''),
  }),
  reply: RunView,
  rejections: [
    'RUN_NOT_FOUND',
    'RUN_NOT_ACTIVE',
    'RUN_PAUSED',
    'CLAIM_NOT_PROVEN',
    'SUBGOAL_NOT_FOUND',
    'SUBGOAL_NOT_CURRENT',
    'LEDGER_UNAVAILABLE',
  ],
});

/** An operator confirms completion of a run whose predicate asks for it, once everything else that it asks for is shown. */
export const completeRun = defineCommand({
  owner,
  name: 'complete-run',
  data: z.strictObject({ runId: RunId, reason: Reason }),
  reply: RunView,
  rejections: ['RUN_NOT_FOUND', 'RUN_TRANSITION_REFUSED', 'CLAIM_NOT_PROVEN', 'LEDGER_UNAVAILABLE'],
});

/** `sessionId` is given when an agent cancels its own run. */
export const cancelRun = defineCommand({
  owner,
  name: 'cancel-run',
  data: z.strictObject({ runId: RunId, sessionId: SessionId.optional(), reason: Reason }),
  reply: RunView,
  rejections: ['RUN_NOT_FOUND', 'RUN_TRANSITION_REFUSED', 'LEDGER_UNAVAILABLE'],
});

/** Why nobody can decide an approval, or not this person. */
const UNDECIDABLE = [
  'APPROVAL_NOT_FOUND',
  'APPROVAL_NOT_PENDING',
  'APPROVAL_OWN_REQUEST',
  'APPROVAL_NOT_APPROVER',
  'APPROVAL_EXPIRED',
  'APPROVAL_DENIED',
  'APPROVAL_RETURNED',
  'APPROVAL_CONSUMED',
  'APPROVAL_WITHDRAWN',
] as const;

/** Digest and statement are those that the approver was shown; with others nothing is approved. `standing` allows more steps like this one. */
export const grantApproval = defineCommand({
  owner,
  name: 'grant-approval',
  data: z.strictObject({
    approvalId: ApprovalId,
    digest: Sha256Hex,
    reason: Reason,
    /** The approval's statement, word for word, where it has one. */
    statement: z.string().max(40_000).optional(),
    standing: StandingTerms.optional(),
  }),
  reply: ApprovalView,
  rejections: [
    ...UNDECIDABLE,
    'APPROVAL_DIGEST_MISMATCH',
    'APPROVAL_STATEMENT_MISMATCH',
    'APPROVAL_ALREADY_GIVEN',
    'APPROVAL_CONTENT_ERASED',
    'GRANT_NOT_ALLOWED',
    'LEDGER_UNAVAILABLE',
  ],
});

export const denyApproval = defineCommand({
  owner,
  name: 'deny-approval',
  data: z.strictObject({ approvalId: ApprovalId, reason: Reason }),
  reply: ApprovalView,
  rejections: [...UNDECIDABLE, 'LEDGER_UNAVAILABLE'],
});
