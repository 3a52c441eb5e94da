import { z } from 'zod';
import { ApprovalId, GrantId, PrincipalId, RunId, ScheduleId, SessionId, StepId } from '../ids.ts';
import { Json, JsonObject } from '../json.ts';
import { PolicyRef } from '../policy-ref.ts';
import { Rejection } from '../rejection.ts';
import { BudgetStatus, Usage } from './budget.ts';
import { Predicate } from './predicates.ts';
import { SubgoalId, SubgoalView } from './subgoal.ts';

/** Every state of a run; some causes of a pause have no feature yet and cannot be reached. */
export const RUN_STATES = ['scheduled', 'active', 'paused', 'done', 'failed', 'cancelled'] as const;
export const RunState = z.enum(RUN_STATES);
export type RunState = z.infer<typeof RunState>;

export const PAUSE_CAUSES = ['approval', 'external-event', 'checkpoint', 'operator', 'budget', 'schedule'] as const;
export const PauseCause = z.enum(PAUSE_CAUSES);
export type PauseCause = z.infer<typeof PauseCause>;

export const STEP_STATES = ['started', 'held', 'succeeded', 'failed', 'denied', 'unknown', 'cancelled'] as const;
export const StepState = z.enum(STEP_STATES);
export type StepState = z.infer<typeof StepState>;

/** What a person found out about a step whose outcome is unknown. */
export const StepFinding = z.enum(['happened', 'did-not-happen']);
export type StepFinding = z.infer<typeof StepFinding>;

export const RunView = z.strictObject({
  runId: RunId,
  sessionId: SessionId,
  agentId: PrincipalId,
  goal: z.string(),
  state: RunState,
  pauseCause: PauseCause.optional(),
  /** When a paused run is ended by the clock, ISO 8601. */
  pauseDeadlineAt: z.string().optional(),
  /** The signal that a paused run waits for, and when the clock lets it go on. */
  waitsFor: z.string().optional(),
  resumesAt: z.string().optional(),
  /** When its agent has to have been heard of again, or the run to be over, at the latest: the clock fails it then. */
  silentAt: z.string().optional(),
  lifeEndsAt: z.string().optional(),
  /** Steps started since the last checkpoint, of those that may be. */
  segment: z.strictObject({ limit: z.int(), used: z.int() }).optional(),
  predicate: Predicate,
  /** The pack that decides its steps. */
  policy: PolicyRef,
  /** In the order in which they are taken up; left out when the run was given none. */
  subgoals: z.array(SubgoalView).optional(),
  claimed: z.boolean(),
  verified: z.boolean(),
  endReason: z.string().optional(),
  budget: BudgetStatus,
  startedAt: z.string(),
  /** When a scheduled run becomes active. */
  startsAt: z.string().optional(),
  /** The occurrence of a schedule that it is the run of. */
  schedule: z.strictObject({ scheduleId: ScheduleId, occurrence: z.string() }).optional(),
  endedAt: z.string().optional(),
  position: z.int().min(0),
});
export type RunView = z.infer<typeof RunView>;

/** Result of a capability: in line when small, else `resourceId` says where it is kept. `untrusted` text is data, never instruction. */
export const StepResult = z.strictObject({
  value: Json.optional(),
  resourceId: z.string().optional(),
  untrusted: z.boolean(),
});
export type StepResult = z.infer<typeof StepResult>;

/** Answer to a step: the same for the same step id, for ever. */
export const StepOutcome = z.strictObject({
  runId: RunId,
  stepId: StepId,
  capability: z.string(),
  state: StepState,
  attempt: z.int().min(0),
  result: StepResult.optional(),
  rejection: Rejection.optional(),
  approvalId: ApprovalId.optional(),
  rule: z.string().optional(),
  usage: Usage.optional(),
  budget: BudgetStatus,
  /** Ledger position of the step's newest event. */
  position: z.int().min(0),
});
export type StepOutcome = z.infer<typeof StepOutcome>;

export const StepView = z.strictObject({
  runId: RunId,
  stepId: StepId,
  capability: z.string(),
  input: JsonObject.optional(),
  state: StepState,
  attempt: z.int().min(0),
  /** The subgoal that it was asked for. */
  subgoalId: SubgoalId.optional(),
  rule: z.string().optional(),
  code: z.string().optional(),
  approvalId: ApprovalId.optional(),
  /** What came of it, when that was asked for. */
  result: StepResult.optional(),
  grantId: GrantId.optional(),
  /** What a person found out, once the outcome was unknown. */
  finding: StepFinding.optional(),
  requestedAt: z.string(),
  endedAt: z.string().optional(),
  position: z.int().min(0),
});
export type StepView = z.infer<typeof StepView>;
