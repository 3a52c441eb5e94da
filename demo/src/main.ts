import { runDemo } from './demo.ts';
import { narratorTo } from './narrator.ts';
import { readOptions, USAGE, UsageError } from './options.ts';

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const options = readOptions(args);
  const narrator = narratorTo(options.json ? process.stderr : process.stdout);
  const report = await runDemo(options, narrator);
  if (options.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  return report.good ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`causeway demo: ${text}\n`);
  return error instanceof UsageError ? 2 : 1;
});
