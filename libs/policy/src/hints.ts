import { CEDAR_SCHEMA } from './cedar-schema.ts';
import type { PackProblem } from './pack-problems.ts';

/** What to do about a problem, where its message alone does not say it; undefined when it does. */
export function hintFor({ message, file }: Pick<PackProblem, 'message' | 'file'>): string | undefined {
  return HINTS.find(([pattern, where]) => pattern.test(message) && where.test(file))?.[2](message);
}

type Hint = readonly [message: RegExp, file: RegExp, hint: (message: string) => string];

const CEDAR = /\.cedar$/;
const YAML = /^pack\.yaml$/;

const HINTS: readonly Hint[] = [
  [/attribute|safe to access/i, CEDAR, () => `attributes that rules can speak of: ${attributes().join(', ')}`],
  [
    /unrecognized action|unable to find an applicable action|not.*action/i,
    CEDAR,
    () => `actions: ${actions().join(', ')}`,
  ],
  [/unrecognized entity type|entity type/i, CEDAR, () => `entity types: ${entities().join(', ')}`],
  [
    /unexpected token|unexpected end|expected/i,
    CEDAR,
    () =>
      'a rule is @id("name") permit (principal, action == Action::"…", resource) when { … }; and ends with a semicolon',
  ],
  [/is missing$/, /./, () => 'copy deploy/policy/default and begin from there'],
  [
    /^Unrecognized key|unrecognized/i,
    YAML,
    () => 'deploy/policy/default/pack.yaml names every setting; look for a slip of the pen',
  ],
  [/must not be above egress\./, YAML, () => 'raise the number under egress:, or leave this one out'],
  [/is not a rule/, YAML, () => 'name a permit for "network.http-fetch" by its @id'],
];

const actions = (): readonly string[] => quotedAfter(/^action (.*?) appliesTo/gm);
const entities = (): readonly string[] => [...CEDAR_SCHEMA.matchAll(/^entity (\w+)/gm)].map(([, name = '']) => name);

function quotedAfter(pattern: RegExp): readonly string[] {
  return [...CEDAR_SCHEMA.matchAll(pattern)].flatMap(([, list = '']) => list.match(/"[^"]+"/g) ?? []);
}

function attributes(): readonly string[] {
  const members = (text: string): readonly string[] =>
    [...text.matchAll(/(\w+): (?:String|Long|Bool|Set)/g)].map(([, name = '']) => name);
  const ofContext = [...CEDAR_SCHEMA.matchAll(/context: \{([^}]*)\}/g)].flatMap(([, body = '']) => members(body));
  const ofResource = [...CEDAR_SCHEMA.matchAll(/^entity \w+ \{([^}]*)\}/gm)].flatMap(([, body = '']) => members(body));
  return [...new Set([...ofResource.map((name) => `resource.${name}`), ...ofContext.map((name) => `context.${name}`)])];
}
