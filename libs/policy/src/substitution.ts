import { lineAt, type PackProblem } from './pack-problems.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const VARIABLE = /\$\{([^}\n]*)\}?/g;
const WELL_FORMED = /^\$\{(CAUSEWAY_[A-Z0-9_]+)(?::-([^}\n]*))?\}$/;
/** What can stand in a YAML scalar without changing the document around it. */
const HARMLESS = /^[A-Za-z0-9._:/-]*$/;

/**
 * Replaces `${CAUSEWAY_NAME}` and `${CAUSEWAY_NAME:-default}` by values from the environment. An empty value counts as absent. Values that
 * could change the meaning of the file around them are problems, and so is a name without value and default.
 */
export function substitute(
  file: string,
  text: string,
  env: Environment,
): { readonly text: string; readonly problems: readonly PackProblem[] } {
  const problems: PackProblem[] = [];
  const replaced = text.replace(VARIABLE, (found: string, _inner: string, offset: number) => {
    const outcome = valueOf(found, env);
    if (outcome.ok) return outcome.value;
    problems.push({ file, line: lineAt(text, offset), message: outcome.message });
    return found;
  });
  return { text: replaced, problems };
}

type Value = { readonly ok: true; readonly value: string } | { readonly ok: false; readonly message: string };

function valueOf(found: string, env: Environment): Value {
  const [, name, fallback] = WELL_FORMED.exec(found) ?? [];
  if (name === undefined)
    return { ok: false, message: `${found} is not of the form \${CAUSEWAY_NAME} or \${CAUSEWAY_NAME:-default}` };
  const value = env[name] || fallback;
  if (value === undefined)
    return { ok: false, message: `${name} is not set and has no default: set it, or write \${${name}:-default}` };
  return HARMLESS.test(value)
    ? { ok: true, value }
    : { ok: false, message: `the value of ${name} has characters other than letters, digits and . _ : / -` };
}
