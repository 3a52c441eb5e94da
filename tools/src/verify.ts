import { repositoryRoot } from './gate/repository.ts';
import { runStage, type StageResult } from './gate/run-stage.ts';
import { stageGroups, type Depth } from './gate/stages.ts';
import { uproot } from './probes/plant.ts';

const USAGE = 'usage: verify [--quick]\n  --quick  leaves out the tests that need NATS, Postgres or the whole system\n';

function depthFrom(args: readonly string[]): Depth | undefined {
  if (args.length === 0) return 'full';
  return args.length === 1 && args[0] === '--quick' ? 'quick' : undefined;
}

function report({ stage, passed, failed, seconds, output }: StageResult): void {
  const count = stage.tier ? ` (${passed} passed, ${failed} failed)` : '';
  console.log(`${failed === 0 ? '✓' : '✗'} ${stage.name}${count} ${seconds.toFixed(1)} s`);
  if (failed > 0) console.log(`${output.trimEnd()}\n`);
}

/** Runs the groups in order and stops after the first that has a failure. */
async function verify(depth: Depth): Promise<readonly StageResult[]> {
  uproot(repositoryRoot());
  const results: StageResult[] = [];
  for (const group of stageGroups(depth)) {
    const ended = group.map(async (stage) => {
      const result = await runStage(repositoryRoot(), stage);
      report(result);
      return result;
    });
    results.push(...(await Promise.all(ended)));
    if (results.some(({ failed }) => failed > 0)) break;
  }
  return results;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

const depth = depthFrom(process.argv.slice(2));
if (depth) {
  const results = await verify(depth);
  const failed = sum(results.map((r) => r.failed));
  const stopped = results.filter((r) => r.failed > 0).map((r) => r.stage.name);
  if (failed > 0) console.log(`verify stopped at: ${stopped.join(', ')}`);
  console.log(`${sum(results.map((r) => r.passed))} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
} else {
  process.stderr.write(USAGE);
  process.exitCode = 2;
}
