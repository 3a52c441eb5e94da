import {
  policySetTextToParts,
  policyToJson,
  validate,
  type DetailedError,
  type PolicyJson,
} from '@cedar-policy/cedar-wasm/nodejs';
import { CEDAR_SCHEMA } from './cedar-schema.ts';
import { literalsOf, wildcardProblems } from './host-patterns.ts';
import { lineAtByte, type PackProblem } from './pack-problems.ts';

/** One rule of a pack. */
export type Rule = {
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  /** Allowed only once a human agrees. */
  readonly approval: boolean;
  readonly reason: string | undefined;
  /** Actions that the rule names; undefined stands for all. */
  readonly actions: readonly string[] | undefined;
  /** Every text that the rule holds. A host that is not among those of any rule was chosen by the asker, under a wildcard. */
  readonly literals: readonly string[];
  /** Media types that an answer may have: `type/subtype` or `type/*`; undefined stands for all. */
  readonly contentTypes: readonly string[] | undefined;
  /** Name of the pack's secret that goes along with what this rule allows. */
  readonly secret: string | undefined;
  readonly file: string;
  readonly line: number;
  readonly text: string;
};

export type ParsedRules = { readonly rules: readonly Rule[]; readonly problems: readonly PackProblem[] };

/** Rule ids that decisions carry when no rule of a pack decided. */
export const BUILT_IN_RULES = ['default-deny', 'evaluation-error', 'unknown-capability', 'input-refused'] as const;
export type BuiltInRule = (typeof BUILT_IN_RULES)[number];

const ANNOTATIONS = ['id', 'approval', 'reason', 'contentTypes', 'secret'];
const CONTENT_TYPES = /^[a-z]+\/(?:\*|[a-z0-9.+-]+)(?:, ?[a-z]+\/(?:\*|[a-z0-9.+-]+))*$/;
const RULE_ID = /^[a-z0-9][a-z0-9-]{0,63}$/;

/** Reads a file of Cedar rules of one effect; rules without problems come back even when others have some. */
export function parseRules(file: string, text: string, effect: Rule['effect']): ParsedRules {
  const parts = policySetTextToParts(text);
  if (parts.type === 'failure')
    return { rules: [], problems: parts.errors.map((error) => problemOf(file, text, 0, error)) };
  const problems: PackProblem[] = parts.policy_templates.map((template) => ({
    file,
    line: lineOf(text, template),
    message: 'templates (?principal, ?resource) are not used here: write the rule out',
  }));
  const rules: Rule[] = [];
  for (const part of inFileOrder(text, parts.policies)) {
    const found = parseRule(file, text, part, effect);
    problems.push(...found.problems);
    if (found.rule) rules.push(found.rule);
  }
  return { rules, problems };
}

type Part = { readonly text: string; readonly offset: number };

/** Cedar returns the rules of a file sorted by their number as text; each is a stretch of the file. */
function inFileOrder(text: string, policies: readonly string[]): readonly Part[] {
  const taken = new Set<number>();
  const parts = policies.map((policy) => {
    let offset = text.indexOf(policy);
    while (taken.has(offset)) offset = text.indexOf(policy, offset + 1);
    taken.add(offset);
    return { text: policy, offset };
  });
  return parts.sort((a, b) => a.offset - b.offset);
}

const lineOf = (text: string, part: string): number => text.slice(0, text.indexOf(part)).split('\n').length;

function parseRule(
  file: string,
  text: string,
  part: Part,
  effect: Rule['effect'],
): { readonly rule: Rule | undefined; readonly problems: readonly PackProblem[] } {
  const line = text.slice(0, part.offset).split('\n').length;
  const answer = policyToJson(part.text);
  if (answer.type === 'failure')
    return { rule: undefined, problems: answer.errors.map((error) => problemOf(file, part.text, line - 1, error)) };
  const messages = [
    ...shapeProblems(answer.json, effect),
    ...annotationProblems(answer.json),
    ...wildcardProblems(answer.json),
  ];
  const problems = [
    ...messages.map((message) => ({ file, line, message })),
    ...schemaProblems(part.text).map((error) => problemOf(file, part.text, line - 1, error)),
  ];
  return { rule: problems.length === 0 ? ruleOf(answer.json, { file, line, text: part.text }) : undefined, problems };
}

function shapeProblems(json: PolicyJson, effect: Rule['effect']): string[] {
  if (json.effect === effect) return [];
  return effect === 'forbid'
    ? ['the constitution holds forbid rules only: move permits to policy.cedar']
    : ['policy.cedar holds permit rules only: move forbids to constitution.cedar'];
}

/** A misspelt annotation must not make a rule milder than it was meant, so only the known ones are taken. */
function annotationProblems({ annotations = {}, effect }: PolicyJson): string[] {
  const { id, approval, reason, contentTypes, secret } = annotations;
  const unknown = Object.keys(annotations).filter((name) => !ANNOTATIONS.includes(name));
  const checks: readonly (readonly [boolean, string])[] = [
    [id === undefined, 'the rule has no @id("…"): every decision names the rule that made it'],
    [id !== undefined && !RULE_ID.test(id), `@id("${id}") must be lower-case letters, digits and dashes`],
    [
      (BUILT_IN_RULES as readonly string[]).includes(id ?? ''),
      `@id("${id}") is a name of Causeway's own: choose another`,
    ],
    [approval !== undefined && approval !== 'human', '@approval must be @approval("human")'],
    [approval !== undefined && effect === 'forbid', 'a forbid rule cannot carry @approval: nothing overrides it'],
    [reason === '', '@reason must say something, or be left out'],
    [
      contentTypes !== undefined && !CONTENT_TYPES.test(contentTypes),
      '@contentTypes must be a list like @contentTypes("text/*, application/json")',
    ],
    [contentTypes !== undefined && effect === 'forbid', '@contentTypes belongs to a permit: it says what is taken'],
    [secret !== undefined && effect === 'forbid', '@secret belongs to a permit: what is forbidden carries nothing'],
    [
      unknown.length > 0,
      `unknown annotation @${unknown.join(', @')}: there are @id, @approval, @reason, @contentTypes and @secret`,
    ],
  ];
  return checks.filter(([wrong]) => wrong).map(([, message]) => message);
}

function schemaProblems(policy: string): readonly DetailedError[] {
  const answer = validate({ schema: CEDAR_SCHEMA, policies: { staticPolicies: { rule: policy } } });
  if (answer.type === 'failure') return answer.errors;
  // A warning is a rule that can never apply or text that looks like something else: not what its author meant.
  return [...answer.validationErrors, ...answer.validationWarnings].map(({ error }) => error);
}

function problemOf(file: string, text: string, linesBefore: number, error: DetailedError): PackProblem {
  const location = error.sourceLocations?.[0];
  const line = linesBefore + (location ? lineAtByte(text, location.start) : 1);
  const message = error.message
    .replace('for policy `rule`, ', '')
    .replace('failed to parse policies from string: ', '');
  const expected = location?.label ? ` (${location.label})` : '';
  return { file, line, message: `${message}${expected}${error.help ? `; ${error.help}` : ''}` };
}

function ruleOf(json: PolicyJson, place: Pick<Rule, 'file' | 'line' | 'text'>): Rule {
  const { id = '', approval, reason, contentTypes, secret } = json.annotations ?? {};
  return {
    ...{ id, effect: json.effect, approval: approval === 'human', reason, actions: actionsOf(json) },
    ...{ literals: literalsOf(json), contentTypes: contentTypes?.split(',').map((type) => type.trim()) },
    ...{ secret, ...place },
  };
}

function actionsOf({ action }: PolicyJson): readonly string[] | undefined {
  if (action.op === 'All') return undefined;
  if (action.op === '==') return 'entity' in action ? [idOf(action.entity)] : [];
  return ('entities' in action ? action.entities : [action.entity]).map(idOf);
}

const idOf = (uid: { readonly __entity: { readonly id: string } } | { readonly id: string }): string =>
  '__entity' in uid ? uid.__entity.id : uid.id;
