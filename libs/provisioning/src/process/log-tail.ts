import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const TAIL_BYTES = 256 * 1024;

/** The last lines of a log, oldest first; none when there is no log. Reads at most the last 256 KiB. */
export function lastLines(path: string, count: number): string[] {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return [];
  }
  try {
    const sizeBytes = fstatSync(file).size;
    const buffer = Buffer.alloc(Math.min(sizeBytes, TAIL_BYTES));
    readSync(file, buffer, 0, buffer.length, sizeBytes - buffer.length);
    const lines = buffer.toString('utf8').split('\n');
    if (lines.at(-1) === '') lines.pop();
    return count > 0 ? lines.slice(-count) : [];
  } finally {
    closeSync(file);
  }
}
