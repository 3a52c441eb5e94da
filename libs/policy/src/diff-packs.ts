import type { ActionRequest } from './action-requests.ts';
import type { Rule } from './cedar-rules.ts';
import { createPolicy, type Decision } from './decide.ts';
import { examplesOf } from './examples.ts';
import type { PolicyPack } from './pack.ts';

/** What is otherwise in the second of two packs. */
export type PackDiff = {
  readonly added: readonly Rule[];
  readonly removed: readonly Rule[];
  readonly changed: readonly { readonly before: Rule; readonly after: Rule }[];
  /** Settings of `pack.yaml`, each under its path; undefined where a pack does not have it. */
  readonly settings: readonly { readonly path: string; readonly before: unknown; readonly after: unknown }[];
  /** Requests made of what the rules name that are decided otherwise. */
  readonly flips: readonly Flip[];
};

/** A request and what both packs say of it. */
export type Flip = { readonly request: ActionRequest; readonly before: Decision; readonly after: Decision };

/** Compares two packs, from what their rules say to what they do. Examples show much, but prove nothing of what is not among them. */
export function diffPacks(before: PolicyPack, after: PolicyPack): PackDiff {
  const [old, young] = [byId(before.rules), byId(after.rules)];
  return {
    added: after.rules.filter(({ id }) => !old.has(id)),
    removed: before.rules.filter(({ id }) => !young.has(id)),
    changed: before.rules.flatMap((rule) => {
      const now = young.get(rule.id);
      return now && !isSame(rule, now) ? [{ before: rule, after: now }] : [];
    }),
    settings: settingsDiff(before, after),
    flips: flips(before, after),
  };
}

/** Whether nothing is otherwise. */
export const isUnchanged = ({ added, removed, changed, settings, flips: turned }: PackDiff): boolean =>
  [added, removed, changed, settings, turned].every(({ length }) => length === 0);

const byId = (rules: readonly Rule[]): ReadonlyMap<string, Rule> => new Map(rules.map((rule) => [rule.id, rule]));
const isSame = (a: Rule, b: Rule): boolean => a.effect === b.effect && squeezed(a.text) === squeezed(b.text);
/** Layout is nothing that decides; within quotes there is no line break to lose. */
const squeezed = (text: string): string => text.replace(/\s+/g, ' ').trim();

function flips(before: PolicyPack, after: PolicyPack): readonly Flip[] {
  const [then, now] = [createPolicy(before), createPolicy(after)];
  const examples = new Map<string, ActionRequest>();
  for (const pack of [before, after]) {
    for (const rule of pack.rules) {
      for (const request of examplesOf(rule, pack.destinations)) examples.set(JSON.stringify(request), request);
    }
  }
  return [...examples.values()]
    .map((request) => ({ request, before: then.decideRequest(request), after: now.decideRequest(request) }))
    .filter((flip) => flip.before.verdict !== flip.after.verdict);
}

function settingsDiff(before: PolicyPack, after: PolicyPack): PackDiff['settings'] {
  const [then, now] = [flat(settingsOf(before)), flat(settingsOf(after))];
  const paths = [...new Set([...then.keys(), ...now.keys()])];
  return paths
    .filter((path) => JSON.stringify(then.get(path)) !== JSON.stringify(now.get(path)))
    .map((path) => ({ path, before: then.get(path), after: now.get(path) }));
}

function settingsOf({ rules: _rules, digest: _digest, ...settings }: PolicyPack): object {
  return settings;
}

/** Every value that is not an object, under its path; lists count as one value. */
function flat(value: unknown, path = ''): Map<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return new Map([[path, value]]);
  const entries = Object.entries(value).flatMap(([name, inner]) => [
    ...flat(inner, path === '' ? name : `${path}.${name}`),
  ]);
  return new Map(entries);
}

/** A request in words: `GET https://example.org/path`, `CONNECT example.org:443`, else the action and what it is about. */
export function requestText({ action, resource, context }: ActionRequest): string {
  if (resource.type !== 'Destination')
    return [action, resource.id, factsOf(context)].filter((part) => part !== '').join(' ');
  const { scheme, host, port } = resource.attributes;
  if (action === 'network.tunnel') return `CONNECT ${String(host)}:${String(port)}`;
  const usual = scheme === 'http' ? 80 : 443;
  const where = `${String(scheme)}://${String(host)}${port === usual ? '' : `:${String(port)}`}`;
  const way = action === 'network.forward' ? ' (forward proxy)' : '';
  return `${String(context['method'])} ${where}${String(context['path'])}${queryText(context)}${way}`;
}

function queryText({ queryKeys }: ActionRequest['context']): string {
  const keys = queryKeys as readonly string[];
  return keys.length > 0 ? `?${keys.map((key) => `${key}=…`).join('&')}` : '';
}

const factsOf = (context: ActionRequest['context']): string =>
  Object.entries(context)
    .filter(([, value]) => typeof value === 'string')
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ');
