import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Mutation } from './mutation.ts';

/**
 * What became of the tests without the guard. `killed`: so many fail, one of them by what it asserts; `survived`: none failed; `broken`: they could not
 * run, or only fell over, which proves nothing.
 */
export type MutationResult =
  | { readonly outcome: 'killed'; readonly by: string; readonly failing: number }
  | { readonly outcome: 'survived' }
  | { readonly outcome: 'broken'; readonly why: string };

/** What hangs without its guard says nothing that an expectation would; long enough for what is slow on a busy machine. */
const HANG_MS = 30_000;

type Project = { readonly transform: Readonly<Record<string, readonly [string, object]>> };
type JestReport = {
  readonly numTotalTests: number;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[] | null;
    }[];
  }[];
};

/** Runs the guard's file of tests with the guard taken out. */
export async function runMutation(root: string, mutation: Mutation): Promise<MutationResult> {
  const folder = await mkdtemp(join(tmpdir(), 'guard-'));
  try {
    const config = join(folder, 'jest.config.json');
    const report = join(folder, 'report.json');
    await writeFile(config, JSON.stringify(await configFor(root, mutation)));
    await runJest(root, [`--config=${config}`, '--json', `--outputFile=${report}`, '--forceExit']);
    return verdictOf(JSON.parse(await readFile(report, 'utf8')) as JestReport);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The tests' own configuration, with the one file and the transformer that takes the guard out. */
async function configFor(root: string, mutation: Mutation): Promise<object> {
  const url = pathToFileURL(join(root, 'jest.config.mjs')).href;
  const { default: whole } = (await import(url)) as { readonly default: { readonly projects: readonly Project[] } };
  const [project] = whole.projects;
  if (!project) throw new Error('jest.config.mjs has no projects');
  const [[pattern, [, swc]]] = Object.entries(project.transform) as unknown as [[string, [string, object]]];
  const transformer = join(root, 'tools', 'src', 'mutations', 'transformer.ts');
  return {
    ...project,
    ...{ rootDir: root, testPathIgnorePatterns: ['/node_modules/'], testMatch: [`**/${mutation.test}`] },
    testTimeout: HANG_MS,
    transform: { [pattern]: [transformer, { mutation, swc }] },
  };
}

function runJest(root: string, args: readonly string[]): Promise<void> {
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const child = spawn(process.execPath, ['--experimental-vm-modules', jest, ...args], { cwd: root, stdio: 'ignore' });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', () => resolve());
  });
}

/** What a report says of a guard that was taken out. */
export function verdictOf({ numTotalTests, testResults }: JestReport): MutationResult {
  const failed = testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'failed'),
  );
  const [asserting] = failed.filter(({ failureMessages }) => isAssertion(failureMessages?.join('\n') ?? ''));
  if (asserting) return { outcome: 'killed', by: asserting.fullName, failing: failed.length };
  if (failed[0]) return { outcome: 'broken', why: `${failed[0].fullName}: ${failed[0].failureMessages?.[0]}` };
  if (numTotalTests > 0) return { outcome: 'survived' };
  return { outcome: 'broken', why: testResults[0]?.message ?? 'no test was found' };
}

/** How Jest tells of an expectation that does not hold, in colour or not, and fast-check of a property. */
const isAssertion = (message: string): boolean =>
  /\bexpect\(|Property failed/.test(message.replace(/\u001b\[\d*m/g, ''));
