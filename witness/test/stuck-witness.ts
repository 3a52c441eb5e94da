import { readConfig } from '../src/config.ts';
import type { Memory } from '../src/memory.ts';
import { runWitness } from '../src/run.ts';

/** A witness that stops at one moment for ever, so that it can be killed there. */
const stopsBefore = process.argv[2] === 'before';

function stop(): Promise<never> {
  process.stdout.write('stuck\n');
  return new Promise(() => undefined);
}

const stuck = (memory: Memory): Memory => ({
  ...memory,
  keep: async (origin, seen, note) => {
    if (stopsBefore) await stop();
    await memory.keep(origin, seen, note);
    await stop();
  },
});

await runWitness(readConfig(process.env), stuck);
