/**
 * A file planted where an architectural rule holds. `rule` and `says` are what ESLint must answer there, and nothing else; a control has
 * no `rule`, and ESLint must have no complaint.
 */
export type Probe = {
  readonly title: string;
  readonly file: string;
  readonly code: string;
  readonly rule?: string;
  readonly says?: string;
};

/** Every planted file or folder carries this in its name, so that a leftover is recognised and removed. */
export const MARK = '__probe__';

/** A rule's answer to a planted file. */
export type Finding = { readonly rule: string | null; readonly message: string };

export type Verdict =
  { readonly probe: Probe; readonly outcome: 'as expected' } | { readonly probe: Probe; readonly outcome: string };

/** Compares what ESLint found in a planted file with what it had to find. */
export function judge(probe: Probe, findings: readonly Finding[] | undefined): Verdict {
  if (!findings) return { probe, outcome: 'the file was not linted at all' };
  const expected = (f: Finding): boolean => f.rule === probe.rule && f.message.includes(probe.says ?? '');
  const others = findings.filter((f) => !expected(f));
  if (others.length > 0)
    return {
      probe,
      outcome: `unexpected: ${others.map((f) => `${f.rule ?? 'parser'}: ${f.message.split('\n')[0]}`).join('; ')}`,
    };
  if (probe.rule && findings.length === 0) return { probe, outcome: 'the rule is silent' };
  return { probe, outcome: 'as expected' };
}

/** Rules that no probe plants a violation of: such a rule could stop working unseen. */
export function unprobed(rules: readonly string[], probes: readonly Probe[]): readonly string[] {
  return rules.filter((rule) => !probes.some((probe) => probe.rule === rule));
}

/** Code whose only statement loads a module. */
export const importing = (module: string): string => `import '${module}';\n`;
