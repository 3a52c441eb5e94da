import { parseArgs } from 'node:util';
import { asLines, isWell } from './report.ts';
import { openSoakStage, soak } from './soak.ts';

const UNCLEAR = 2;

/** Throws, in words for whoever typed it, when an argument cannot be understood. */
function requestsOf(args: readonly string[]): number {
  const { values } = parseArgs({ args: [...args], options: { requests: { type: 'string', default: '10000' } } });
  const requests = Number(values.requests);
  if (Number.isSafeInteger(requests) && requests >= 100 && requests <= 200_000) return requests;
  throw new RangeError('--requests takes a whole number from 100 to 200000');
}

async function run(requests: number): Promise<boolean> {
  const stage = await openSoakStage();
  try {
    const report = await soak(stage, requests);
    process.stdout.write(`${asLines(report).join('\n')}\n`);
    return isWell(report);
  } finally {
    await stage.stop();
  }
}

try {
  process.exitCode = (await run(requestsOf(process.argv.slice(2)))) ? 0 : 1;
} catch (error) {
  const isUnclear = error instanceof RangeError || (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS');
  process.stderr.write(`${isUnclear ? (error as Error).message : ((error as Error).stack ?? String(error))}\n`);
  process.exitCode = isUnclear ? UNCLEAR : 1;
}
