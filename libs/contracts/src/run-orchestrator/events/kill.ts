import { z } from 'zod';
import { KillId, PrincipalId, RunId, SessionId, StepId } from '../../ids.ts';
import { KillScope } from '../kill.ts';
import { At, reason } from './common.ts';

/** Events of the kill switch. */
export const killEvents = {
  /** Sealed before anything is stopped. What it names by scope: a step has `runId` and `stepId`, and so on; `everything` has none. */
  'kill.pulled': {
    erasable: reason,
    data: z.strictObject({
      killId: KillId,
      scope: KillScope,
      runId: RunId.optional(),
      stepId: StepId.optional(),
      sessionId: SessionId.optional(),
      agentId: PrincipalId.optional(),
      pulledBy: PrincipalId,
      reason: z.string(),
      at: At,
    }),
  },
  /** All that it named when it was pulled was told to stop: so many runs were cancelled and so many sessions revoked. */
  'kill.completed': {
    data: z.strictObject({ killId: KillId, runs: z.int().min(0), sessions: z.int().min(0), at: At }),
  },
  /** Agents it kept from starting may start again; what it stopped stays stopped. */
  'kill.lifted': {
    erasable: reason,
    data: z.strictObject({ killId: KillId, liftedBy: PrincipalId, reason: z.string(), at: At }),
  },
} as const;
