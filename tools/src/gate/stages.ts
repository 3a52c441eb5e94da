import { PROJECT_GRAPH_COMMAND } from './project-graph.ts';

/** One check of the gate: a script of this repository, run by the Node that runs the gate. */
export type Stage = {
  readonly name: string;
  /** Arguments of `node`. */
  readonly args: readonly string[];
  /** A tier of tests: its numbers are summed, and it must have run something. */
  readonly tier?: string;
};

export type Depth = 'full' | 'quick';

const FROM_SOURCE = '--conditions=@causeway/source';

const bin = (name: string, path: string, args: readonly string[]): Stage => ({
  name,
  args: [`node_modules/${path}`, ...args],
});

const checker = (name: string, file: string): Stage => ({ name, args: [FROM_SOURCE, `tools/src/${file}`] });

const tests = (tier: string, maxWorkers: number): Stage => ({
  name: `${tier} tests`,
  tier,
  args: [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    '--ci',
    '--selectProjects',
    tier,
    maxWorkers === 1 ? '--runInBand' : `--maxWorkers=${maxWorkers}`,
  ],
});

const BUILD = bin('build', 'typescript/bin/tsc', ['-b']);
const SPEC_TYPES = bin('types of specifications', 'typescript/bin/tsc', ['-p', 'tsconfig.specs.json']);
const GRAPH: Stage = { name: 'project graph', args: PROJECT_GRAPH_COMMAND };
const FORMAT = bin('format', 'prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.']);
const LINT = bin('lint', 'eslint/bin/eslint.js', ['.', '--max-warnings', '0']);
const PROBES = checker('boundary probes', 'boundary-probes.ts');
const DOCS = checker('documents', 'check-docs.ts');
const SELF = checker('nothing but itself', 'check-self.ts');

/**
 * The stages in order; those of one group run at the same time. The probes are alone: the files that they plant must not be seen by
 * another stage. Integration and whole-system tests are alone too: they start real servers on two cores.
 */
export function stageGroups(depth: Depth): readonly (readonly Stage[])[] {
  const early = [[BUILD, GRAPH], [SPEC_TYPES, FORMAT], [LINT, tests('unit', 1)], [PROBES]];
  const late = [[DOCS, SELF]];
  return depth === 'quick' ? [...early, ...late] : [...early, [tests('int', 2)], [tests('e2e', 1)], ...late];
}
