import { isAuthorized, type PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { ActionRequest } from './action-requests.ts';

/** Cedar's types want arrays that may change; ours may not. */
export function mutable(attributes: ActionRequest['context']): Record<string, string | number | boolean | string[]> {
  const entries = Object.entries(attributes).map(([name, value]) => [name, isList(value) ? [...value] : value]);
  return Object.fromEntries(entries) as Record<string, string | number | boolean | string[]>;
}

const isList = (value: unknown): value is readonly string[] => Array.isArray(value);

/** A request in Cedar's words. */
export function cedarRequest({ agentId, action, resource, context }: ActionRequest) {
  const uid = { type: resource.type, id: resource.id };
  return {
    principal: { type: 'Agent', id: agentId },
    action: { type: 'Action', id: action },
    resource: uid,
    context: mutable(context),
    entities: [{ uid, attrs: mutable(resource.attributes), parents: [] }],
  };
}

/** Whether one rule by itself takes a request; false also when it cannot be evaluated. */
export function takes(rule: PolicyJson, request: ActionRequest): boolean {
  const answer = isAuthorized({ ...cedarRequest(request), policies: { staticPolicies: { rule } } });
  return (
    answer.type === 'success' &&
    answer.response.diagnostics.errors.length === 0 &&
    answer.response.diagnostics.reason.length > 0
  );
}
