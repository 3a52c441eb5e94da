type Rule = (value: unknown) => boolean;
type Members = { readonly [name: string]: Rule };

const HASH = /^[0-9a-f]{64}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;

const isText: Rule = (value) => typeof value === 'string' && value !== '' && value.isWellFormed();
const fits =
  (pattern: RegExp): Rule =>
  (value) =>
    typeof value === 'string' && pattern.test(value);
const isAtLeast =
  (least: number): Rule =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= least && !Object.is(value, -0);

const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const hasExactly =
  (members: Members): Rule =>
  (value) =>
    isObject(value) &&
    Object.keys(value).length === Object.keys(members).length &&
    Object.entries(members).every(([name, rule]) => Object.hasOwn(value, name) && rule(value[name]));

const INLINE: Members = { inline: () => true };
const COMMITMENT: Members = { alg: (value) => value === 'sha256', hash: fits(HASH), len: isAtLeast(1) };
const isInline = hasExactly(INLINE);
const isSplit = hasExactly({ ...INLINE, ...COMMITMENT });
const isCommitment = hasExactly(COMMITMENT);

const REQUIRED: Members = {
  v: (value) => value === 1,
  log: isText,
  pos: isAtLeast(0),
  prev: fits(HASH),
  id: fits(UUID),
  stream: isText,
  ver: isAtLeast(1),
  type: isText,
  time: fits(TIME),
  actor: hasExactly({ kind: isText, id: isText }),
  schema: isAtLeast(1),
  data: (value) => isInline(value) || isSplit(value) || isCommitment(value),
  meta: hasExactly({ scope: isText }),
};
const OPTIONAL: Members = { corr: isText, cause: isText };
const ALL: Members = { ...REQUIRED, ...OPTIONAL };

/** What keeps a parsed value from being a leaf of version 1, in words; undefined when nothing does. */
export function leafProblem(value: unknown): string | undefined {
  if (!isObject(value)) return 'a leaf is an object';
  const missing = Object.keys(REQUIRED).find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) return `${missing} is missing`;
  for (const [name, member] of Object.entries(value)) {
    const rule = Object.hasOwn(ALL, name) ? ALL[name] : undefined;
    if (!rule) return `${name} does not belong into a leaf of version 1`;
    if (!rule(member)) return `${name} does not fit`;
  }
  return undefined;
}
