import { actionRequests, type ActionRequest, type CapabilityCall } from './action-requests.ts';
import { parseRules, type Rule } from './cedar-rules.ts';
import { createPolicy, type CedarPolicy, type Decision } from './decide.ts';
import { nearRules, type NearRule } from './near-rules.ts';
import type { PolicyPack } from './pack.ts';
import { smallestRule } from './smallest-rule.ts';
import { createHash } from 'node:crypto';

/** Why a call is decided as it is, and what would have to be otherwise. */
export type Explanation = {
  readonly decision: Decision;
  /** One for each question that the call puts to the rules; none when it puts none. */
  readonly questions: readonly Explained[];
};

export type Explained = {
  readonly request: ActionRequest;
  readonly decision: Decision;
  /** Of a denial: the permits that come nearest, and what each of them misses. */
  readonly near: readonly NearRule[];
  /** Of a denial: the smallest permit that would allow it; undefined where a permit cannot. */
  readonly smallest?: string;
  /** Of a denial that no permit can change: the rule that forbids it. */
  readonly forbiddenBy?: string;
};

/** Explains what a pack says of a capability call. Pure. */
export function explain(policy: CedarPolicy, call: CapabilityCall): Explanation {
  const asked = actionRequests(call, policy.pack.destinations);
  const requests = asked.outcome === 'requests' ? asked.requests : [];
  return { decision: policy.decide(call), questions: requests.map((request) => explained(policy, request)) };
}

function explained(policy: CedarPolicy, request: ActionRequest): Explained {
  const decision = policy.decideRequest(request);
  if (decision.verdict !== 'deny') return { request, decision, near: [] };
  const { rules } = policy.pack;
  const near = nearRules(rules, request);
  const smallest = smallestRule(
    request,
    rules.map(({ id }) => id),
  );
  const withIt = withRule(policy.pack, smallest)?.decideRequest(request);
  if (withIt?.verdict === 'allow') return { request, decision, near, smallest };
  const forbidden = rules.find(({ id, effect }) => effect === 'forbid' && id === (withIt ?? decision).rule);
  return { request, decision, near, ...(forbidden ? { forbiddenBy: forbidden.id } : {}) };
}

/** The pack with one more permit; undefined when that is not a rule. Its digest is one that no pack of files has. */
function withRule(pack: PolicyPack, text: string): CedarPolicy | undefined {
  const { rules, problems } = parseRules('policy.cedar', text, 'permit');
  if (problems.length > 0) return undefined;
  const digest = createHash('sha256').update(`${pack.digest}\n${text}`).digest('hex');
  return createPolicy({ ...pack, digest, rules: [...pack.rules, ...(rules as readonly Rule[])] });
}
