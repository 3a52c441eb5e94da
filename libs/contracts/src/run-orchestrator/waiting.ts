import { z } from 'zod';
import { ApprovalId, PrincipalId, RunId, StepId } from '../ids.ts';
import { Risk } from './approval.ts';

/** Why something waits for a person. */
export const WAITING_KINDS = ['approval', 'budget', 'completion', 'pause', 'unknown-step'] as const;
export const WaitingKind = z.enum(WAITING_KINDS);
export type WaitingKind = z.infer<typeof WaitingKind>;

/** One thing that only a person can move. */
export const WaitingItem = z.strictObject({
  kind: WaitingKind,
  /** How bad it is to leave it, or to decide it wrongly; an approval's is its risk. */
  severity: Risk,
  since: z.string(),
  /** When the clock ends the wait, if it does. */
  dueAt: z.string().optional(),
  runId: RunId,
  agentId: PrincipalId,
  approvalId: ApprovalId.optional(),
  stepId: StepId.optional(),
  /** What waits, in one sentence. */
  summary: z.string(),
  /** What a person can do, one sentence each. */
  next: z.array(z.string()).min(1),
});
export type WaitingItem = z.infer<typeof WaitingItem>;
