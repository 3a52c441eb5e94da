import { renameSync, writeFileSync } from 'node:fs';

/** Loaded into a process before its own code: collects all garbage at SIGUSR2 and leaves what is still held in a file. See `held-memory.ts`. */
const file = process.env['BENCH_MEMORY_FILE'] ?? '';

process.on('SIGUSR2', () => {
  // What one collection finds unused may be what holds a buffer, which only the next one finds.
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  writeFileSync(`${file}.part`, String(heapUsed + external));
  renameSync(`${file}.part`, file);
});
