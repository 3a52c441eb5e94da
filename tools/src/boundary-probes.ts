import { ESLint } from 'eslint';
import { repositoryRoot } from './gate/repository.ts';
import { buildProjectGraph } from './gate/project-graph.ts';
import { ARCHITECTURE_RULES } from './lint/architecture.ts';
import { DEP_CONSTRAINTS } from './lint/boundaries.ts';
import { HOUSE_STYLE_RULES, TYPED_RULES } from './lint/house-style.ts';
import { compilerErrors } from './probes/deep-imports.ts';
import { plant, uproot } from './probes/plant.ts';
import { BOUNDARIES, PROBES, UNTAGGED_PROJECT } from './probes/probe-table.ts';
import { judge, unprobed, type Finding, type Verdict } from './probes/probe.ts';

const CANNOT_FIND_MODULE = 2307;

/** Lints every planted file at once: the type checker reads the tree once. */
async function lintPlanted(root: string): Promise<ReadonlyMap<string, readonly Finding[]>> {
  const eslint = new ESLint({ cwd: root });
  const results = await eslint.lintFiles(PROBES.map((probe) => probe.file));
  return new Map(
    results.map(({ filePath, messages }) => [
      filePath.slice(root.length + 1),
      messages.map(({ ruleId, message }) => ({ rule: ruleId ?? 'core', message })),
    ]),
  );
}

async function probe(root: string): Promise<readonly Verdict[]> {
  uproot(root);
  try {
    plant(root, {
      ...Object.fromEntries(PROBES.map(({ file, code }) => [file, code])),
      [`${UNTAGGED_PROJECT}/package.json`]: JSON.stringify({
        name: '@causeway/probe',
        version: '0.1.0',
        private: true,
      }),
    });
    buildProjectGraph(root);
    const findings = await lintPlanted(root);
    return PROBES.map((p) => judge(p, findings.get(p.file)));
  } finally {
    uproot(root);
    buildProjectGraph(root);
  }
}

/** The `exports` maps keep the inside of a package inside, for the compiler too. */
function probeDeepImports(root: string): readonly Verdict[] {
  const judgeImport = (title: string, module: string, expected: readonly number[]): Verdict => {
    const codes = compilerErrors(root, `export * from '${module}';\n`);
    const asExpected = [...new Set(codes)].join() === expected.join();
    const outcome = asExpected ? 'as expected' : `the compiler answered ${codes.join(', ') || 'nothing'}`;
    return { probe: { title, file: '', code: '', ...(expected[0] ? { rule: `TS${expected[0]}` } : {}) }, outcome };
  };
  return [
    judgeImport('a file inside a package is imported', '@causeway/contracts/src/errors.ts', [CANNOT_FIND_MODULE]),
    judgeImport('control: a package is imported by its name', '@causeway/contracts', []),
  ];
}

/** Rules and constraints that hold without any probe; there must be none. */
function uncovered(): readonly string[] {
  const rules = [
    BOUNDARIES,
    ...ARCHITECTURE_RULES.map(({ name }) => `causeway/${name}`),
    ...Object.keys({ ...HOUSE_STYLE_RULES, ...TYPED_RULES }),
  ];
  const constraints = DEP_CONSTRAINTS.map(({ sourceTag }) => sourceTag).filter(
    (tag) => !PROBES.some(({ says }) => says?.includes(`"${tag}"`)),
  );
  return [...unprobed(rules, PROBES), ...constraints];
}

const root = repositoryRoot();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    uproot(root);
    process.exit(1);
  });
}

const verdicts = [...(await probe(root)), ...probeDeepImports(root)];
for (const {
  probe: { title, rule },
  outcome,
} of verdicts) {
  const fired = outcome === 'as expected';
  console.log(`${fired ? '✓' : '✗'} ${title} → ${rule ?? 'no complaint'}${fired ? '' : ` — ${outcome}`}`);
}
for (const name of uncovered()) console.log(`✗ ${name} has no probe: add one to tools/src/probes`);
const silent = verdicts.filter(({ outcome }) => outcome !== 'as expected').length + uncovered().length;
console.log(`${verdicts.length} probes, ${silent} failed`);
process.exitCode = silent > 0 ? 1 : 0;
