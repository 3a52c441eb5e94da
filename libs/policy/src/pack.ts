import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PolicyRef } from '@causeway/contracts';
import { parseRules, type Rule } from './cedar-rules.ts';
import { PackInvalidError, type PackProblem } from './pack-problems.ts';
import { parseSettings, type PackSettings } from './pack-settings.ts';
import { secretRuleProblems } from './secret-settings.ts';
import { substitute, type Environment } from './substitution.ts';

export type PolicyPack = PackSettings & {
  /** Forbids first, then permits, each in the order of its file. */
  readonly rules: readonly Rule[];
  /** SHA-256, hexadecimal, over everything that is in effect: see {@link digestOf}. */
  readonly digest: string;
};

/** Names of the files that make a pack, in the order of its digest. */
export const PACK_FILES = ['constitution.cedar', 'pack.yaml', 'policy.cedar'] as const;
type PackFile = (typeof PACK_FILES)[number];
/** The text of each file, as it takes effect. */
export type PackFiles = Readonly<Record<PackFile, string>>;

/** How decisions and events name this pack. */
export const policyRef = ({ id, version, digest }: PolicyPack): PolicyRef => ({ pack: id, version, digest });

/** Reads a pack's folder. Throws {@link PackInvalidError} with every problem found, a folder that cannot be read included. */
export const loadPack = async (dir: string, env: Environment): Promise<PolicyPack> =>
  parsePack(await readPackFolder(dir), env);

/** The files of a pack's folder, as they are, those that do not belong there among them. Throws {@link PackInvalidError} when it cannot be read. */
export async function readPackFolder(dir: string): Promise<Readonly<Record<string, string>>> {
  const names = await readdir(dir).catch(() => {
    throw new PackInvalidError([{ file: dir, line: 0, message: 'this folder cannot be read: does it exist?' }]);
  });
  const relevant = names.filter((name) => /\.(?:cedar|ya?ml)$/.test(name));
  const contents = await Promise.all(relevant.map((name) => readFile(join(dir, name), 'utf8')));
  return Object.fromEntries(relevant.map((name, index) => [name, contents[index] ?? '']));
}

/**
 * The texts that take effect: without byte order marks and carriage returns, and with variables replaced. A pack made of these has the same
 * digest anywhere, whatever the environment there. Problems with variables are found by {@link parsePack}.
 */
export function effectiveFiles(files: Readonly<Record<string, string>>, env: Environment): PackFiles {
  const plain = (name: PackFile): string => (files[name] ?? '').replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  return {
    ...{ 'constitution.cedar': plain('constitution.cedar'), 'policy.cedar': plain('policy.cedar') },
    'pack.yaml': substitute('pack.yaml', plain('pack.yaml'), env).text,
  };
}

/**
 * The pack that these files make, with `${CAUSEWAY_NAME:-default}` in `pack.yaml` replaced from `env`. Pure. Throws
 * {@link PackInvalidError} with every problem in every file.
 */
export function parsePack(files: Readonly<Record<string, string>>, env: Environment): PolicyPack {
  const effective = effectiveFiles(files, env);
  const { problems: yamlProblems } = substitute('pack.yaml', files['pack.yaml'] ?? '', env);
  const { settings, problems: settingsProblems } = parseSettings('pack.yaml', effective['pack.yaml']);
  const constitution = parseRules('constitution.cedar', effective['constitution.cedar'], 'forbid');
  const policy = parseRules('policy.cedar', effective['policy.cedar'], 'permit');
  const rules = [...constitution.rules, ...policy.rules];
  const missing = fileProblems(files);
  const problems = [
    ...missing,
    ...yamlProblems,
    ...settingsProblems,
    ...constitution.problems,
    ...policy.problems,
    ...doubleIds(rules),
    ...(settings ? secretRuleProblems(rules, settings.secrets) : []),
    ...fetchProblems(settings, policy, effective['pack.yaml']),
  ].filter((problem) => missing.includes(problem) || files[problem.file] !== undefined);
  if (settings === undefined || problems.length > 0) throw new PackInvalidError(problems);
  return deepFreeze({ ...settings, rules, digest: digestOf(effective) });
}

function fileProblems(files: Readonly<Record<string, string>>): PackProblem[] {
  const known = PACK_FILES as readonly string[];
  const missing = known.filter((name) => files[name] === undefined);
  const unknown = Object.keys(files).filter((name) => !known.includes(name));
  return [
    ...missing.map((file) => ({ file, line: 0, message: 'is missing' })),
    ...unknown.map((file) => ({ file, line: 0, message: `would have no effect: a pack is ${PACK_FILES.join(', ')}` })),
  ];
}

/** Actions that are requests with a head and a body of their own. */
const REQUESTS: readonly string[] = ['network.http-fetch', 'network.forward'];

/** `fetch:` of a rule that is not there, or decides no requests, would be a misspelt one. Rules that could not be read may be meant. */
function fetchProblems(
  settings: PackSettings | undefined,
  { rules, problems }: { readonly rules: readonly Rule[]; readonly problems: readonly PackProblem[] },
  yaml: string,
): PackProblem[] {
  if (problems.length > 0) return [];
  const known = rules
    .filter(({ actions }) => actions?.some((action) => REQUESTS.includes(action)) ?? true)
    .map(({ id }) => id);
  return Object.keys(settings?.fetch ?? {})
    .filter((id) => !known.includes(id))
    .map((id) => ({
      file: 'pack.yaml',
      line: lineOfKey(yaml, id),
      message: `fetch.${id} is not a rule that permits requests`,
    }));
}

const lineOfKey = (yaml: string, key: string): number =>
  1 +
  Math.max(
    0,
    yaml.split('\n').findIndex((line) => line.trim().replace(/^['"]/, '').startsWith(key)),
  );

function doubleIds(rules: readonly Rule[]): PackProblem[] {
  return rules
    .filter((rule, index) => rules.findIndex(({ id }) => id === rule.id) !== index)
    .map(({ file, line, id }) => ({ file, line, message: `@id("${id}") is already the name of another rule` }));
}

/**
 * SHA-256 over one line per file, in the order of {@link PACK_FILES}: the SHA-256 of the file's text (UTF-8, LF line ends, after
 * substitution), two spaces, the name. That is the output of `sha256sum constitution.cedar pack.yaml policy.cedar` for a pack without
 * variables, so anyone can recompute it.
 */
export function digestOf(files: PackFiles): string {
  return sha256(PACK_FILES.map((name) => `${sha256(files[name])}  ${name}\n`).join(''));
}

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
