import type { BudgetLimits, ReplyEnvelope, RunOrchestratorEvent } from '@causeway/contracts';
import { ok } from '@causeway/messaging';
import { meterRules, type PolicyPack } from '@causeway/policy';
import { limitedIn, poolChain } from '../pools/pool-chain.ts';
import { resolveBudget } from './budget-limits.ts';

type Started = Extract<RunOrchestratorEvent, { type: 'run.started' }>['data'];
type Session = { readonly sessionId: string; readonly agentId: string; readonly teamId?: string | undefined };
type Asking = { readonly session: Session; readonly asked: Partial<BudgetLimits>; readonly at: string };
type Terms = Pick<Started, 'budget' | 'onLimit' | 'pooled'>;

/** The budget of a new run under a pack: its limits, what happens at them, and the meters that pools of its session limit, too. */
export function budgetTerms(pack: PolicyPack, { session, asked, at }: Asking): ReplyEnvelope<Terms> {
  const budget = resolveBudget(asked, meterRules(pack));
  if (!budget.ok) return budget;
  const { sessionId, agentId, teamId } = session;
  const pooled = limitedIn(poolChain(pack.pools, { sessionId, agentId, teamId }, at));
  const { limits, onLimit } = budget.value;
  return ok({
    budget: limits,
    ...(Object.keys(onLimit).length > 0 ? { onLimit } : {}),
    ...(pooled.length > 0 ? { pooled: [...pooled] } : {}),
  });
}
