import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot } from '@causeway/provisioning';
import type { Row } from './report.ts';

type Ended = { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string };

/** Runs the bench as the command line does. */
export function runBench(...args: readonly string[]): Promise<Ended> {
  const program = join(repositoryRoot, 'bench', 'src', 'main.ts');
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--conditions=@causeway/source', program, ...args],
      { env: { ...process.env, NODE_OPTIONS: '' } },
      (_error, stdout, stderr) => resolve({ exitCode: child.exitCode, stdout, stderr }),
    );
  });
}

/** What a bench measures in its shortest form. Throws with what it said when it does not end well. */
export async function quickly<Bench>(bench: 'ledger' | 'runs' | 'egress'): Promise<Bench> {
  const { exitCode, stdout, stderr } = await runBench(bench, '--quick', '--json');
  if (exitCode !== 0) throw new Error(`the bench ended with status ${exitCode}:\n${stderr}`);
  return JSON.parse(stdout) as Bench;
}

/** That there is a row for each name and load, and that something was measured in each. */
export function expectMeasured(rows: readonly Row[], names: readonly string[]): void {
  expect(rows.map(({ name, inFlight }) => `${name}, ${inFlight}`)).toEqual(names);
  for (const { figures } of rows) {
    expect(figures.count).toBeGreaterThan(0);
    expect(figures.perSecond).toBeGreaterThan(0);
    expect(figures.p50Ms).toBeGreaterThan(0);
    expect(figures.p99Ms).toBeGreaterThanOrEqual(figures.p50Ms);
  }
}
