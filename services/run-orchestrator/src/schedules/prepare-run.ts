import type { ReplyEnvelope, RunTemplate } from '@causeway/contracts';
import { rejected } from '@causeway/messaging';
import type { Parts } from '../parts.ts';
import { resolveBudget } from '../runs/budget-limits.ts';
import type { Mover } from '../runs/domain/transitions.ts';
import { predicateRefusal } from '../runs/predicate-admission.ts';
import type { PreparedRun } from './domain/schedule.decide.ts';

type Of = { readonly sessionId: string; readonly template: RunTemplate };
type Starter = { readonly by: string; readonly at: string; readonly mover: Mover };

/** What the run of an occurrence would start with, by the session and the policy of this moment; the rejection when it may not start. */
export async function prepareRun(
  { handlers, policy, capabilities }: Parts,
  { sessionId, template }: Of,
  starter: Starter,
): Promise<PreparedRun> {
  const session = await handlers.sessions.load(sessionId);
  if (session.kind === 'none') return rejected('SESSION_NOT_FOUND', `there is no session ${sessionId}`);
  if (session.state === 'revoked') return rejected('SESSION_REVOKED', `${sessionId} was revoked`);
  const { goal, predicate, budget: askedBudget } = template;
  const { selfReported } = policy.pack.completion;
  const unproven = await predicateRefusal([{ path: 'template.', predicate }], { selfReported, capabilities });
  if (unproven) return unproven;
  const budget = resolveBudget(askedBudget, policy.pack.limits);
  if (!budget.ok) return budget;
  const facts = { sessionId, agentId: session.agentId, goal, predicate, askedBudget, budget: budget.value };
  return { ok: true, start: { type: 'start', ...facts, policy: policy.ref, ...starter } };
}

/** Whether a template could start a run now; the answer when it could not. */
export async function templateRefusal(
  parts: Parts,
  of: Of,
  starter: Starter,
): Promise<Extract<ReplyEnvelope<never>, { ok: false }> | undefined> {
  const prepared = await prepareRun(parts, of, starter);
  return prepared.ok ? undefined : prepared;
}
