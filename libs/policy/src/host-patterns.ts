import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import { parse } from 'tldts';
import { canonicalUrl } from './canonical-url.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
type Like = { readonly left: Json; readonly pattern: readonly Json[] };

/** Every text that a rule's conditions compare with. */
export const literalsOf = (rule: PolicyJson): readonly string[] =>
  nodesOf(rule.conditions as unknown as Json).flatMap(({ Value: value }) =>
    typeof value === 'string' ? [value] : textsOf(value),
  );

const textsOf = (value: Json | undefined): readonly string[] =>
  Array.isArray(value) ? (value as readonly Json[]).filter((one) => typeof one === 'string') : [];

/**
 * What is wrong with the host patterns of a permit: each is `*.` before a host (A-labels) under which one owner gives out the names. Under a
 * public suffix, those of hosting providers included (publicsuffix.org, both sections), anybody can take the name next door.
 */
export function wildcardProblems(rule: PolicyJson): readonly string[] {
  if (rule.effect !== 'permit') return [];
  return hostPatterns(rule).flatMap((pattern) => {
    const problem = wildcardProblem(pattern);
    return problem === undefined ? [] : [`resource.host like "${pattern}" is not a pattern for hosts: ${problem}`];
  });
}

/** What is wrong with one pattern; undefined when it may be used. */
export function wildcardProblem(pattern: string): string | undefined {
  const suffix = pattern.startsWith('*.') ? pattern.slice(2) : undefined;
  if (suffix === undefined || suffix.includes('*')) return 'write "*." and a host, with no other star';
  const read = canonicalUrl(`https://${suffix}/`);
  if (!read.ok || read.url.host !== suffix || read.url.isIpLiteral)
    return 'what follows "*." must be a host name in lower case, in A-labels, without a trailing dot';
  const { publicSuffix, domain } = parse(suffix, { allowPrivateDomains: true });
  if (domain === null || publicSuffix === suffix) return `anybody can own a name under ${suffix}`;
  return undefined;
}

function hostPatterns(rule: PolicyJson): readonly string[] {
  const likes = nodesOf(rule.conditions as unknown as Json).flatMap(({ like }) =>
    like ? [like as unknown as Like] : [],
  );
  return likes.filter(({ left }) => isHost(left)).map(({ pattern }) => pattern.map(textOf).join(''));
}

/** `resource.host`, also inside of something larger. */
const isHost = (left: Json): boolean =>
  nodesOf(left).some((node) => (node['.'] as { readonly attr?: Json } | undefined)?.attr === 'host');

/** Cedar writes a pattern as its parts; a literal star is one part, a text. */
const textOf = (part: Json): string =>
  part === 'Wildcard' ? '*' : String((part as { readonly Literal?: Json }).Literal ?? '');

function nodesOf(json: Json): readonly { readonly [name: string]: Json }[] {
  if (typeof json !== 'object' || json === null) return [];
  const below = Object.values(json).flatMap(nodesOf);
  return Array.isArray(json) ? below : [json as { readonly [name: string]: Json }, ...below];
}
