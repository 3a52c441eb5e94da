import { z } from 'zod';
import { KillId, PrincipalId, RunId, SessionId, StepId } from '../ids.ts';

/** What a kill stops. Those of an agent and of everything stand until they are lifted; the others are done once and for good. */
export const KILL_SCOPES = ['step', 'run', 'session', 'agent', 'everything'] as const;
export const KillScope = z.enum(KILL_SCOPES);
export type KillScope = z.infer<typeof KillScope>;

/** What exactly a kill names. */
export const KillTarget = z.discriminatedUnion('scope', [
  z.strictObject({ scope: z.literal('step'), runId: RunId, stepId: StepId }),
  z.strictObject({ scope: z.literal('run'), runId: RunId }),
  z.strictObject({ scope: z.literal('session'), sessionId: SessionId }),
  z.strictObject({ scope: z.literal('agent'), agentId: PrincipalId }),
  z.strictObject({ scope: z.literal('everything') }),
]);
export type KillTarget = z.infer<typeof KillTarget>;

/** What a scope and an id in one text name: a step is `<run id>/<step id>`, everything has no id. */
export function killTargetOf(scope: KillScope, id: string | undefined): unknown {
  if (scope === 'everything') return id === undefined ? { scope } : { scope, id };
  if (scope !== 'step') return { scope, [`${scope}Id`]: id };
  const [runId, stepId, ...rest] = (id ?? '').split('/');
  return rest.length > 0 ? { scope, runId } : { scope, runId, stepId };
}

export const KILL_STATES = ['pulled', 'completed', 'lifted'] as const;
export const KillView = z.strictObject({
  killId: KillId,
  state: z.enum(KILL_STATES),
  target: KillTarget,
  /** It refuses new runs and steps now. */
  stands: z.boolean(),
  pulledBy: PrincipalId,
  pulledAt: z.string(),
  reason: z.string(),
  /** How many runs it cancelled and how many sessions it revoked, once it is completed. */
  runs: z.int().min(0).optional(),
  sessions: z.int().min(0).optional(),
  liftedBy: PrincipalId.optional(),
  liftedAt: z.string().optional(),
});
export type KillView = z.infer<typeof KillView>;
