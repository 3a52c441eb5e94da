import { policyToJson, type PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { ActionRequest } from './action-requests.ts';
import { takes } from './ask-cedar.ts';
import type { Rule } from './cedar-rules.ts';
import { attributesIn, conditionsOf, onlyIf, wordsOf, type Condition } from './conditions.ts';

/** A permit that nearly takes a request, and what it asks for that is not so. */
export type NearRule = { readonly rule: string; readonly missing: readonly string[] };

const SHOWN = 3;

/** The permits that come nearest to a request, the nearest first: those of its action that ask for the fewest things which are not so. */
export function nearRules(rules: readonly Rule[], request: ActionRequest): readonly NearRule[] {
  const permits = rules.filter(
    ({ effect, actions }) => effect === 'permit' && (actions?.includes(request.action) ?? true),
  );
  const judged = permits.flatMap((rule) => {
    const answer = policyToJson(rule.text);
    return answer.type === 'failure' ? [] : [judge(rule.id, answer.json, request)];
  });
  return judged
    .filter(({ missing }) => missing.length > 0)
    .sort((a, b) => a.missing.length - b.missing.length)
    .slice(0, SHOWN);
}

function judge(rule: string, json: PolicyJson, request: ActionRequest): NearRule {
  const scope = scopeMissing(json, request);
  const conditions = conditionsOf(json).filter((condition) => !takes(onlyIf(condition), request));
  return { rule, missing: [...scope, ...conditions.map((condition) => saidOf(condition, request))] };
}

/** Whom and what the rule is about, where that is somebody or something else. */
function scopeMissing(json: PolicyJson, request: ActionRequest): readonly string[] {
  const { principal, resource } = json;
  const whole = onlyIf();
  const checks: readonly (readonly [PolicyJson, string])[] = [
    [{ ...whole, principal }, `the agent is ${JSON.stringify(request.agentId)}`],
    [{ ...whole, resource }, `it is about ${request.resource.type}::${JSON.stringify(request.resource.id)}`],
  ];
  return checks.filter(([rule]) => !takes(rule, request)).map(([, said]) => `the rule is for others: ${said}`);
}

/** The condition, and what the request has in its place. */
function saidOf(condition: Condition, request: ActionRequest): string {
  const values = attributesIn(condition.body).map((name) => `${name} is ${JSON.stringify(valueOf(name, request))}`);
  return values.length > 0 ? `${wordsOf(condition)}; ${values.join(', ')}` : wordsOf(condition);
}

function valueOf(name: string, { context, resource }: ActionRequest): unknown {
  const [holder, attribute = ''] = name.split('.', 2);
  return (holder === 'resource' ? resource.attributes : context)[attribute];
}
