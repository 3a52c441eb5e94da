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

/** How decisions and events name this pack. */
export const policyRef = ({ id, version, digest }: PolicyPack): PolicyRef => ({ pack: id, version, digest });

/** Reads a pack's folder. Throws {@link PackInvalidError} with every problem found, a folder that cannot be read included. */
export async function loadPack(dir: string, env: Environment): Promise<PolicyPack> {
  const names = await readdir(dir).catch(() => {
    throw new PackInvalidError([{ file: dir, line: 0, message: 'this folder cannot be read: does it exist?' }]);
  });
  const relevant = names.filter((name) => /\.(?:cedar|ya?ml)$/.test(name));
  const contents = await Promise.all(relevant.map((name) => readFile(join(dir, name), 'utf8')));
  return parsePack(Object.fromEntries(relevant.map((name, index) => [name, contents[index] ?? ''])), env);
}

/**
 * The pack that these files make, with `${CAUSEWAY_NAME:-default}` in `pack.yaml` replaced from `env`. Pure. Throws
 * {@link PackInvalidError} with every problem in every file.
 */
export function parsePack(files: Readonly<Record<string, string>>, env: Environment): PolicyPack {
  const text = (name: PackFile): string => (files[name] ?? '').replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const yaml = substitute('pack.yaml', text('pack.yaml'), env);
  const { settings, problems: settingsProblems } = parseSettings('pack.yaml', yaml.text);
  const constitution = parseRules('constitution.cedar', text('constitution.cedar'), 'forbid');
  const policy = parseRules('policy.cedar', text('policy.cedar'), 'permit');
  const rules = [...constitution.rules, ...policy.rules];
  const missing = fileProblems(files);
  const problems = [
    ...missing,
    ...yaml.problems,
    ...settingsProblems,
    ...constitution.problems,
    ...policy.problems,
    ...doubleIds(rules),
    ...(settings ? secretRuleProblems(rules, settings.secrets) : []),
  ].filter((problem) => missing.includes(problem) || files[problem.file] !== undefined);
  if (settings === undefined || problems.length > 0) throw new PackInvalidError(problems);
  const effective = {
    ...{ 'constitution.cedar': text('constitution.cedar'), 'policy.cedar': text('policy.cedar') },
    'pack.yaml': yaml.text,
  };
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
export function digestOf(files: Readonly<Record<PackFile, string>>): string {
  return sha256(PACK_FILES.map((name) => `${sha256(files[name])}  ${name}\n`).join(''));
}

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
