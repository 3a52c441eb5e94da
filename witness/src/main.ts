import { readConfig } from './config.ts';
import { logLine } from './log.ts';
import { runWitness } from './run.ts';

try {
  const { close } = await runWitness(readConfig(process.env));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      void close().then(() => {
        logLine('info', {}, 'stopped');
        process.exit(0);
      });
    });
  }
} catch (error) {
  logLine('error', { err: error instanceof Error ? error.message : String(error) }, 'could not start');
  process.exitCode = 1;
}
