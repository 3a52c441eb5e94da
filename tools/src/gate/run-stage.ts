import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { delimiter } from 'node:path';
import { NX_ENVIRONMENT } from './project-graph.ts';
import type { Stage } from './stages.ts';
import { readJestReport, testNumbers } from './test-numbers.ts';

export type StageResult = {
  readonly stage: Stage;
  readonly passed: number;
  /** Failed tests; for any other stage 1 when it failed. */
  readonly failed: number;
  readonly seconds: number;
  /** What the stage printed, with the gate's own complaints. */
  readonly output: string;
};

type Exit = { readonly code: number; readonly output: string };

/** Children find the same Node first on their PATH, whatever the host has. */
const childEnvironment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  ...NX_ENVIRONMENT,
  PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`,
});

function runNode(root: string, args: readonly string[]): Promise<Exit> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: childEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => resolve({ code: 1, output: error.message }));
    child.on('close', (code, signal) => {
      const end = signal ? `\nended by ${signal}` : '';
      resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString('utf8') + end });
    });
  });
}

async function runTests(root: string, stage: Stage, tier: string): Promise<Omit<StageResult, 'seconds'>> {
  const folder = await mkdtemp(join(tmpdir(), 'causeway-verify-'));
  try {
    const path = join(folder, `${tier}.json`);
    const { code, output } = await runNode(root, [...stage.args, '--json', `--outputFile=${path}`]);
    const report = readJestReport(path);
    if (!report) return { stage, passed: 0, failed: 1, output: `${output}\nthe ${tier} tier wrote no report` };
    const { passed, failed, complaints } = testNumbers(tier, report);
    const unexplained = code !== 0 && failed === 0 ? [`the ${tier} tier ended with exit code ${code}`] : [];
    return {
      stage,
      passed,
      failed: failed + unexplained.length,
      output: [output, ...complaints, ...unexplained].join('\n'),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs one stage to its end; never throws for what the stage does. */
export async function runStage(root: string, stage: Stage): Promise<StageResult> {
  const startedAt = performance.now();
  const result = stage.tier
    ? await runTests(root, stage, stage.tier)
    : await runNode(root, stage.args).then(({ code, output }) => ({
        stage,
        passed: 0,
        failed: code === 0 ? 0 : 1,
        output,
      }));
  return { ...result, seconds: (performance.now() - startedAt) / 1000 };
}
