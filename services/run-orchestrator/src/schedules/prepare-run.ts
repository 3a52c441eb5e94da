import type { ReplyEnvelope, RunTemplate } from '@causeway/contracts';
import { rejected } from '@causeway/messaging';
import type { KillSwitch } from '../kills/kill-switch.ts';
import type { Parts } from '../parts.ts';
import { budgetTerms } from '../runs/budget-terms.ts';
import type { Mover } from '../runs/domain/transitions.ts';
import { predicateRefusal } from '../runs/predicate-admission.ts';
import type { PreparedRun } from './domain/schedule.decide.ts';

type Of = { readonly sessionId: string; readonly template: RunTemplate };
type Starter = { readonly by: string; readonly at: string; readonly mover: Mover };
type Rooms = { readonly parts: Parts; readonly kills: KillSwitch };

/** What the run of an occurrence would start with, by the session and the policy of this moment; the rejection when it may not start. */
export async function prepareRun(
  { parts, kills }: Rooms,
  { sessionId, template }: Of,
  starter: Starter,
): Promise<PreparedRun> {
  const { handlers, policies, capabilities } = parts;
  const policy = policies.active();
  const session = await handlers.sessions.load(sessionId);
  if (session.kind === 'none') return rejected('SESSION_NOT_FOUND', `there is no session ${sessionId}`);
  if (session.state === 'revoked') return rejected('SESSION_REVOKED', `${sessionId} was revoked`);
  const { agentId } = session;
  const killed = await kills.refusal(agentId);
  if (killed) return { ok: false, rejection: killed };
  const { goal, predicate, budget: askedBudget } = template;
  const { selfReported } = policy.pack.completion;
  const unproven = await predicateRefusal([{ path: 'template.', predicate }], { selfReported, capabilities });
  if (unproven) return unproven;
  const budget = budgetTerms(policy.pack, { session, asked: askedBudget, at: starter.at });
  if (!budget.ok) return budget;
  const { agentLeaseMs, maxLifeMs } = policy.pack.runs;
  const watched = { agentLeaseMs, maxLifeMs, occupiesSession: true as const };
  const facts = { sessionId, agentId, goal, predicate, askedBudget, ...budget.value, ...watched };
  const { activeRuns } = policy.pack.sessions;
  return { ok: true, session, activeRuns, start: { type: 'start', ...facts, policy: policy.ref, ...starter } };
}

/** Whether a template could start a run now; the answer when it could not. */
export async function templateRefusal(
  rooms: Rooms,
  of: Of,
  starter: Starter,
): Promise<Extract<ReplyEnvelope<never>, { ok: false }> | undefined> {
  const prepared = await prepareRun(rooms, of, starter);
  return prepared.ok ? undefined : prepared;
}
