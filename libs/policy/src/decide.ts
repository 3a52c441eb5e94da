import { preparsePolicySet, statefulIsAuthorized, type AuthorizationAnswer } from '@cedar-policy/cedar-wasm/nodejs';
import type { PolicyRef } from '@causeway/contracts';
import { recent } from '@causeway/eventing';
import {
  actionRequests,
  fetchRequest,
  tunnelRequest,
  type ActionRequest,
  type CapabilityCall,
  type FetchQuestion,
  type TunnelQuestion,
} from './action-requests.ts';
import { cedarRequest } from './ask-cedar.ts';
import type { BuiltInRule, Rule } from './cedar-rules.ts';
import { policyRef, type PolicyPack } from './pack.ts';

export type Verdict = 'allow' | 'ask' | 'deny';

export type Decision = {
  /** `ask`: allowed once a human agrees. */
  readonly verdict: Verdict;
  /** The rule that decided: one of the pack's, or one of Causeway's own (`default-deny`, …). */
  readonly rule: string;
  readonly reason: string;
  readonly policy: PolicyRef;
  /** What would be allowed for this action, one sentence each. */
  readonly allowed: readonly string[];
};

export type Policy = {
  readonly pack: PolicyPack;
  readonly ref: PolicyRef;
  /** Decides a capability call: the strictest verdict of all that it needs. */
  readonly decide: (call: CapabilityCall) => Decision;
  /** Decides one HTTP request; egress-proxy asks this for every hop. */
  readonly decideFetch: (question: FetchQuestion) => Decision;
  /** Decides one tunnel. */
  readonly decideTunnel: (question: TunnelQuestion) => Decision;
};

/** A policy whose single questions can be asked, too. */
export type CedarPolicy = Policy & { readonly decideRequest: (request: ActionRequest) => Decision };

/** How many answers are kept, those asked for last; a few kilobytes each at the most. */
const KEPT_ANSWERS = 1_024;

const STRICTNESS: Readonly<Record<Verdict, number>> = { allow: 0, ask: 1, deny: 2 };

/**
 * Makes a pack's rules ready to decide: parsed once and kept under the pack's digest, about 0.1 ms a decision. Deciding is pure and never
 * throws. A forbid wins over every permit; without a permit, and whenever a rule cannot be evaluated, the answer is deny.
 *
 * @param preparedAs what its rules are kept under: one name for one list of rules
 */
export function createPolicy(pack: PolicyPack, preparedAs: string = pack.digest): CedarPolicy {
  const ref = policyRef(pack);
  const byId = new Map(pack.rules.map((rule) => [rule.id, rule]));
  const staticPolicies = Object.fromEntries(pack.rules.map(({ id, text }) => [id, text]));
  const prepared = preparsePolicySet(preparedAs, { staticPolicies });
  if (prepared.type === 'failure') throw new Error(`pack ${pack.id} passed its checks but cannot be prepared`);

  const decision = (verdict: Verdict, rule: string, reason: string, action: string): Decision => ({
    verdict,
    rule,
    reason,
    policy: ref,
    allowed: allowedFor(pack.rules, action),
  });

  /** The rules do not change and see nothing but the request: the same question has the same answer. */
  const answers = recent<string, Decision>(KEPT_ANSWERS);

  function decideOne(request: ActionRequest): Decision {
    const question = JSON.stringify(request);
    const known = answers.get(question);
    if (known) return known;
    const decided = decideAnew(request);
    if (decided.rule !== 'evaluation-error') answers.set(question, decided);
    return decided;
  }

  function decideAnew(request: ActionRequest): Decision {
    const { action } = request;
    const built = (rule: BuiltInRule, reason: string) => decision('deny', rule, reason, action);
    const answer = evaluate(preparedAs, request);
    if (answer.type === 'failure' || answer.response.diagnostics.errors.length > 0)
      return built('evaluation-error', `a rule could not be evaluated for ${action}, so it is denied`);
    const determining = inOrder(pack.rules, answer.response.diagnostics.reason);
    const [first] = determining;
    if (!first) return built('default-deny', `no rule of ${pack.id} allows ${action} like this`);
    if (answer.response.decision === 'deny') return decision('deny', first.id, reasonOf(first), action);
    const rule = determining.find(({ approval }) => !approval) ?? first;
    return decision(rule.approval ? 'ask' : 'allow', rule.id, reasonOf(rule), action);
  }

  function decide(call: CapabilityCall): Decision {
    const asked = actionRequests(call, pack.destinations);
    if (asked.outcome === 'unknown')
      return decision('deny', 'unknown-capability', `no rule can speak of ${call.capability}`, call.capability);
    if (asked.outcome === 'refused') return decision('deny', 'input-refused', asked.detail, call.capability);
    const found = strictest(asked.requests.map(decideOne));
    if (found?.verdict === 'ask' && asked.unseen !== undefined)
      return decision('deny', 'input-refused', asked.unseen, call.capability);
    return found ?? decision('deny', 'default-deny', 'nothing was asked', call.capability);
  }

  const decideFetch = (question: FetchQuestion): Decision => decideOne(fetchRequest(question, pack.destinations));
  const decideTunnel = (question: TunnelQuestion): Decision => decideOne(tunnelRequest(question, pack.destinations));
  return { pack, ref, decide, decideFetch, decideTunnel, decideRequest: decideOne };

  function inOrder(rules: readonly Rule[], ids: readonly string[]): readonly Rule[] {
    return ids.length > 1 ? rules.filter(({ id }) => ids.includes(id)) : ids.flatMap((id) => byId.get(id) ?? []);
  }
}

/** The strictest of several decisions; of equally strict ones the first. */
function strictest(decisions: readonly Decision[]): Decision | undefined {
  return decisions.reduce<Decision | undefined>(
    (worst, next) => (worst && STRICTNESS[worst.verdict] >= STRICTNESS[next.verdict] ? worst : next),
    undefined,
  );
}

const FAILED: AuthorizationAnswer = { type: 'failure', errors: [], warnings: [] };

function evaluate(policySetId: string, request: ActionRequest): AuthorizationAnswer {
  try {
    return statefulIsAuthorized({ ...cedarRequest(request), preparsedPolicySetId: policySetId });
  } catch {
    return FAILED;
  }
}

const reasonOf = ({ id, effect, reason }: Rule): string =>
  reason ?? (effect === 'permit' ? `rule ${id} allows it` : `rule ${id} forbids it`);

function allowedFor(rules: readonly Rule[], action: string): readonly string[] {
  return rules
    .filter(({ effect, actions }) => effect === 'permit' && (actions?.includes(action) ?? true))
    .map(({ id, reason, approval }) => {
      const when = approval ? ', once a human agrees' : '';
      return reason ? `${reason.replace(/\.$/, '')}${when} (rule ${id})` : `what rule ${id} describes${when}`;
    });
}
