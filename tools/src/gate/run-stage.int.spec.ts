import { repositoryRoot } from './repository.ts';
import { runStage } from './run-stage.ts';

const stage = (script: string, tier?: string) => ({ name: 'x', args: ['-e', script, '--'], ...(tier ? { tier } : {}) });

/** A tier whose runner writes `report` where the gate asks for it, and ends with `code`. */
const tierThatReports = (report: object, code: number) =>
  stage(
    `const path = process.argv.find((a) => a.startsWith('--outputFile=')).slice(13);
     require('node:fs').writeFileSync(path, ${JSON.stringify(JSON.stringify(report))});
     process.exit(${code});`,
    'unit',
  );

const GREEN = {
  numPassedTests: 2,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  numRuntimeErrorTestSuites: 0,
};

const run = (planned: Parameters<typeof runStage>[1]) => runStage(repositoryRoot(), planned);

describe('a stage', () => {
  it('passes when its script ends well', async () => {
    expect(await run(stage('console.log("done")'))).toMatchObject({ failed: 0, output: 'done\n' });
  });

  it('fails with its output when its script does not', async () => {
    const result = await run(stage('console.error("broken"); process.exit(3)'));
    expect(result).toMatchObject({ failed: 1, output: 'broken\n' });
  });

  it('fails when its process is killed', async () => {
    const result = await run(stage('process.kill(process.pid, "SIGKILL")'));
    expect(result).toMatchObject({ failed: 1, output: expect.stringContaining('SIGKILL') });
  });

  it('runs with the same Node first on the path of its children', async () => {
    const { output } = await run(stage('console.log(process.env.PATH.split(":")[0] + "/node")'));
    expect(output.trim()).toBe(process.execPath);
  });
});

describe('a tier', () => {
  it('reports its numbers', async () => {
    expect(await run(tierThatReports(GREEN, 0))).toMatchObject({ passed: 2, failed: 0 });
  });

  it('fails when its report is green but its runner is not', async () => {
    const result = await run(tierThatReports(GREEN, 1));
    expect(result).toMatchObject({ passed: 2, failed: 1, output: expect.stringContaining('exit code 1') });
  });

  it('fails when there is no report, however well it ends', async () => {
    const result = await run(stage('process.exit(0)', 'unit'));
    expect(result).toMatchObject({ passed: 0, failed: 1, output: expect.stringContaining('wrote no report') });
  });
});
