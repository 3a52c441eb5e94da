import type { ActionRequest } from './action-requests.ts';

type Value = ActionRequest['context'][string];

/** Attributes that are not asked for: they follow from others, or say nothing about what is let through. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  'network.http-fetch': ['hasBody'],
  'network.forward': ['hasBody'],
  'network.tunnel': ['sni'],
  'capability.call': ['untrusted', 'risk', 'fields'],
};

/**
 * A permit, as text for `policy.cedar`, that allows this request and what is the same in every attribute that rules can see. A person reads it
 * before it is used: it is a beginning, not a recommendation.
 *
 * @param taken ids that other rules have
 */
export function smallestRule(request: ActionRequest, taken: readonly string[]): string {
  const { action, resource } = request;
  const where = resource.type === 'Destination' ? '' : ` == ${resource.type}::${quoted(resource.id)}`;
  const conditions = [...ofDestination(request), ...ofContext(request)];
  const when = conditions.length === 0 ? ';' : `\nwhen\n{\n  ${conditions.join(' &&\n  ')}\n};`;
  const head = `@id("${idFor(request, taken)}")\n@reason("Say here what this is for.")\n`;
  return `${head}permit (\n  principal == Agent::${quoted(request.agentId)},\n  action == Action::${quoted(action)},\n  resource${where}\n)${when}\n`;
}

function ofDestination({ resource: { type, attributes } }: ActionRequest): readonly string[] {
  if (type !== 'Destination') return [];
  const { destination } = attributes;
  if (destination !== '')
    return [equal('resource.destination', destination), equal('resource.scheme', attributes['scheme'])];
  return Object.entries(attributes)
    .filter(([name]) => name !== 'destination')
    .map(([name, value]) => equal(`resource.${name}`, value));
}

function ofContext({ action, context }: ActionRequest): readonly string[] {
  const leftOut = LEFT_OUT[action] ?? [];
  return Object.entries(context)
    .filter(([name]) => !leftOut.includes(name))
    .map(([name, value]) => equal(`context.${name}`, value));
}

/** Names in a query: those that came, or fewer. */
function equal(name: string, value: Value | undefined): string {
  if (typeof value === 'string') return `${name} == ${quoted(value)}`;
  if (typeof value !== 'object') return `${name} == ${String(value)}`;
  return value.length === 0 ? `${name}.isEmpty()` : `[${value.map(quoted).join(', ')}].containsAll(${name})`;
}

/** Cedar's escapes: quotes and backslashes, and by number whatever is not visible ASCII. */
const quoted = (text: string): string =>
  `"${text.replace(/["\\]/gu, '\\$&').replace(/[^\x20-\x7e]/gu, (one) => `\\u{${one.codePointAt(0)!.toString(16)}}`)}"`;

function idFor({ action, resource: { attributes, id } }: ActionRequest, taken: readonly string[]): string {
  const about = attributes['destination'] || attributes['host'] || (id === '*' ? '' : id);
  const base = `allow-${action}-${String(about)}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 56)
    .replace(/-+$/, '');
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!taken.includes(name)) return name;
  }
}
