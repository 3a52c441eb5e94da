import { readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PROBE = fileURLToPath(new URL('./memory-probe.ts', import.meta.url));
const WAIT_MS = 10_000;
const POLL_MS = 20;

/** What a Node process is told so that it tells, through this file, what it holds. */
export const tellingMemory = (file: string) => ({
  NODE_OPTIONS: `--expose-gc --import ${PROBE}`,
  BENCH_MEMORY_FILE: file,
});

/** Bytes on and beside its heap that a process still needs: what is left after a collection. Throws when it does not tell within 10 s. */
export async function heldBytes(pid: number, file: string): Promise<number> {
  rmSync(file, { force: true });
  process.kill(pid, 'SIGUSR2');
  for (let waitedMs = 0; waitedMs < WAIT_MS; waitedMs += POLL_MS) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    const told = contentOf(file);
    if (told !== undefined) return Number(told);
  }
  throw new Error(
    `process ${pid} did not tell what it holds within ${WAIT_MS / 1_000} s: was it started with tellingMemory?`,
  );
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
