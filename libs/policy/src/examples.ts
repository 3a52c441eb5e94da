import { policyToJson, type PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { ActionRequest } from './action-requests.ts';
import type { Rule } from './cedar-rules.ts';
import type { NamedDestination } from './dial.ts';

type Named = Readonly<Record<string, readonly unknown[]>>;

/** Most examples that one rule gives. */
const PER_RULE = 128;
const AGENT = 'agent';

/**
 * Requests that a rule speaks of, made of the values that its conditions name, and of usual ones beside them, so that a rule which became wider
 * shows as well as one that became narrower.
 */
export function examplesOf(rule: Rule, destinations: readonly NamedDestination[]): readonly ActionRequest[] {
  const answer = policyToJson(rule.text);
  if (answer.type === 'failure') return [];
  const said = valuesIn(answer.json.conditions);
  const agents = literals(said, 'principal', idsIn(answer.json.principal), [AGENT]);
  const resources = idsIn(answer.json.resource);
  const actions = rule.actions ?? Object.keys(MAKERS);
  return actions
    .flatMap((action) => (MAKERS[action] ?? none)({ action, said, destinations, resources }))
    .flatMap((request) => agents.map((agentId) => ({ ...request, agentId: String(agentId) })))
    .slice(0, PER_RULE);
}

type Question = {
  readonly action: string;
  readonly said: Named;
  readonly destinations: readonly NamedDestination[];
  readonly resources: readonly string[];
};
type Made = Omit<ActionRequest, 'agentId'>;

const none = (): readonly Made[] => [];
const MAKERS: Readonly<Record<string, (question: Question) => readonly Made[]>> = {
  'network.http-fetch': fetches,
  'network.forward': fetches,
  'network.tunnel': tunnels,
  'resource.ingest': resources({ source: ['text', 'file', 'url'] }),
  'resource.get': resources({}),
  'resource.list': resources({}),
  'system.ping': resources({}),
  'capability.call': capabilities,
};

function fetches({ action, said, destinations }: Question): readonly Made[] {
  const methods = literals(said, 'context.method', ['GET', 'POST']);
  const paths = literals(said, 'context.path', ['/']).map((path) => pathOf(String(path)));
  const keys = [[], ...(said['context.queryKeys'] ?? []).map((key) => [String(key)])];
  return wheres(said, destinations).flatMap((attributes) =>
    paths.flatMap((path) =>
      methods.flatMap((method) =>
        keys.map((queryKeys) => ({
          ...{ action, resource: { type: 'Destination' as const, id: whereOf(attributes), attributes } },
          context: {
            ...{ method: String(method), path, queryKeys, hasBody: method === 'POST' },
            contentType: method === 'POST' ? String(said['context.contentType']?.[0] ?? 'application/json') : '',
          },
        })),
      ),
    ),
  );
}

function tunnels({ action, said, destinations }: Question): readonly Made[] {
  return wheres(said, destinations)
    .filter(({ scheme }) => scheme === 'https')
    .map((attributes) => ({
      ...{ action, resource: { type: 'Destination' as const, id: whereOf(attributes), attributes } },
      context: { sni: attributes.host },
    }));
}

type Where = {
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  readonly destination: string;
};

function wheres(said: Named, destinations: readonly NamedDestination[]): readonly Where[] {
  const schemes = literals(said, 'resource.scheme', ['https']);
  const names = said['resource.destination'] ?? [];
  const named = destinations
    .filter(({ name }) => names.includes(name))
    .flatMap(({ name, host, port }) =>
      (said['resource.scheme'] ?? ['http', 'https']).map((scheme) => ({
        ...{ scheme: String(scheme), host, port },
        destination: name,
      })),
    );
  const hosts = literals(said, 'resource.host', names.length > 0 ? [] : ['example.org']);
  const strangers = hosts.flatMap((host) =>
    schemes.flatMap((scheme) =>
      literals(said, 'resource.port', [scheme === 'http' ? 80 : 443]).map((port) => ({
        ...{ scheme: String(scheme), host: String(host).replaceAll('*', 'www'), port: Number(port), destination: '' },
      })),
    ),
  );
  return [...named, ...strangers];
}

const whereOf = ({ scheme, host, port }: Where): string => `${scheme}://${host}:${port}`;
const pathOf = (pattern: string): string => pattern.replaceAll('*', 'x').replace(/^(?!\/)/, '/');

function resources(more: Readonly<Record<string, readonly string[]>>) {
  return ({ action, resources: ids }: Question): readonly Made[] => {
    const contexts = Object.entries(more).reduce<readonly Readonly<Record<string, string>>[]>(
      (made, [name, values]) => made.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
      [{}],
    );
    const about = ids.length > 0 ? ids : ['*'];
    return about.flatMap((id) =>
      contexts.map((context) => ({ action, context, resource: { type: 'Resource' as const, id, attributes: {} } })),
    );
  };
}

function capabilities({ action, said, resources: ids }: Question): readonly Made[] {
  const owners = literals(said, 'resource.owner', ['a-provider']);
  const effects = ['none', 'reads', 'writes'];
  const fields = [[], ...(said['context.fields'] ?? []).map((field) => [String(field)])];
  return (ids.length > 0 ? ids : ['x.example']).flatMap((id) =>
    owners.flatMap((owner) =>
      effects.flatMap((effect) =>
        fields.map((some) => ({
          ...{ action, resource: { type: 'Capability' as const, id, attributes: { owner: String(owner) } } },
          context: { effect, untrusted: false, risk: effect === 'writes' ? 'medium' : 'low', fields: some },
        })),
      ),
    ),
  );
}

/** What conditions say of an attribute, and beside it what is usual. */
const literals = (said: Named, name: string, ...usual: readonly (readonly unknown[])[]): readonly unknown[] => [
  ...new Set([...(said[name] ?? []), ...usual.flat()]),
];

function idsIn(constraint: PolicyJson['principal'] | PolicyJson['resource']): readonly string[] {
  const ids = JSON.stringify(constraint).match(/"id":"(?:[^"\\]|\\.)*"/g) ?? [];
  return ids.map((found) => String(JSON.parse(found.slice(5))));
}

/** Values that expressions compare attributes with, by attribute: equality, patterns, and membership in a list. */
function valuesIn(expression: unknown): Named {
  const found: Record<string, unknown[]> = {};
  collect(expression, found);
  return found;
}

function collect(expression: unknown, found: Record<string, unknown[]>): void {
  if (typeof expression !== 'object' || expression === null) return;
  for (const [operator, sides] of Object.entries(expression)) {
    const { left, right, pattern } = (sides ?? {}) as { left?: unknown; right?: unknown; pattern?: unknown };
    const values = [...valuesOf(left), ...valuesOf(right), ...(operator === 'like' ? [patternText(pattern)] : [])];
    for (const name of [nameOf(left), nameOf(right)]) {
      if (name !== undefined) found[name] = [...(found[name] ?? []), ...values];
    }
    collect(sides, found);
  }
}

function nameOf(expression: unknown): string | undefined {
  const access = (expression as { '.'?: { left?: { Var?: string }; attr?: string } } | undefined)?.['.'];
  return access?.left?.Var && access.attr ? `${access.left.Var}.${access.attr}` : undefined;
}

function valuesOf(expression: unknown): readonly unknown[] {
  if (typeof expression !== 'object' || expression === null) return [];
  const { Value: value, Set: set } = expression as { readonly Value?: unknown; readonly Set?: readonly unknown[] };
  if (set) return set.flatMap(valuesOf);
  return typeof value === 'string' || typeof value === 'number' ? [value] : [];
}

const patternText = (pattern: unknown): string =>
  (Array.isArray(pattern) ? pattern : [])
    .map((part: unknown) => (part === 'Wildcard' ? '*' : String((part as { readonly Literal?: string }).Literal ?? '')))
    .join('');
