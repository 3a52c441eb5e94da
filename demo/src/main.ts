import { runDemo } from './demo.ts';
import { narratorTo } from './narrator.ts';
import { readOptions, UsageError } from './options.ts';

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  const narrator = narratorTo(options.json ? process.stderr : process.stdout);
  const report = await runDemo(options, narrator);
  if (options.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  return report.good ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  const text = error instanceof Error ? error.message : String(error);
  const isUsage = error instanceof UsageError;
  process.stderr.write(`causeway demo: ${text}${isUsage ? '; see `./causeway demo --help`' : ''}\n`);
  return isUsage ? 2 : 1;
});
