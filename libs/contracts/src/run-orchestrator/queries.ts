import { z } from 'zod';
import { defineQuery } from '../define.ts';
import { ApprovalId, RunId, SessionId, StepId } from '../ids.ts';
import { PolicyRef } from '../policy-ref.ts';
import { ApprovalState, ApprovalView } from './approval.ts';
import { RunState, RunView, StepOutcome, StepView } from './run-view.ts';
import { SessionView } from './session-view.ts';

const owner = 'run-orchestrator';
/** Answer only from a view that holds this ledger position (waits at most 2 s, then PROJECTION_BEHIND). */
const minPosition = z.int().min(0).optional();
const limit = z.int().min(1).max(200).default(50);
/** Only what belongs to this session: the gateway sets it for agents. */
const sessionId = SessionId.optional();
const after = z.string().max(128).optional();

export const getSession = defineQuery({
  owner,
  name: 'get-session',
  data: z.strictObject({ sessionId: SessionId, minPosition }),
  reply: SessionView,
  rejections: ['SESSION_NOT_FOUND', 'PROJECTION_BEHIND'],
});
export const getRun = defineQuery({
  owner,
  name: 'get-run',
  data: z.strictObject({ runId: RunId, sessionId, minPosition }),
  reply: RunView,
  rejections: ['RUN_NOT_FOUND', 'PROJECTION_BEHIND'],
});
/** Newest first; `after` is the last run id of the page before. */
export const listRuns = defineQuery({
  owner,
  name: 'list-runs',
  data: z.strictObject({ sessionId, state: RunState.optional(), limit, after }),
  reply: z.strictObject({ runs: z.array(RunView), next: z.string().optional() }),
  rejections: [],
});
/** Oldest first; `after` is the last step id of the page before. With `results`, a page has at most 20 steps, those that ended with what came of them. */
export const listSteps = defineQuery({
  owner,
  name: 'list-steps',
  data: z.strictObject({ runId: RunId, sessionId, limit, after, minPosition, results: z.boolean().default(false) }),
  reply: z.strictObject({ steps: z.array(StepView), next: z.string().optional() }),
  rejections: ['RUN_NOT_FOUND', 'PROJECTION_BEHIND'],
});
/** The outcome of a step as it is now; waits up to `waitMs` for one that is started or held to end. */
export const getStep = defineQuery({
  owner,
  name: 'get-step',
  data: z.strictObject({ runId: RunId, stepId: StepId, sessionId, waitMs: z.int().min(0).max(20_000).default(0) }),
  reply: StepOutcome,
  rejections: ['RUN_NOT_FOUND', 'STEP_NOT_FOUND', 'LEDGER_UNAVAILABLE'],
});
export const getApproval = defineQuery({
  owner,
  name: 'get-approval',
  data: z.strictObject({ approvalId: ApprovalId, minPosition }),
  reply: ApprovalView,
  rejections: ['APPROVAL_NOT_FOUND', 'PROJECTION_BEHIND'],
});
/** Oldest first: what has waited longest stands on top; by severity, the worst before that. */
export const listApprovals = defineQuery({
  owner,
  name: 'list-approvals',
  data: z.strictObject({
    state: ApprovalState.optional(),
    order: z.enum(['age', 'severity']).default('age'),
    limit,
    after,
  }),
  reply: z.strictObject({ approvals: z.array(ApprovalView), next: z.string().optional() }),
  rejections: [],
});
export const getPolicy = defineQuery({
  owner,
  name: 'get-policy',
  data: z.strictObject({}),
  reply: PolicyRef,
  rejections: [],
});
