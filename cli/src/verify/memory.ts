import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What was seen of a log when it was last found good. Bytes are hexadecimal. */
export type Seen = {
  readonly size: number;
  /** Left out by versions that did not know the tree. */
  readonly root?: string;
  readonly chain?: string;
  /** Verifier keys of the log, and of its witnesses. */
  readonly keys: readonly string[];
  readonly witnesses: readonly string[];
};

/** What this machine remembers of logs, outside every database: by it a log that was cut, restored or rewritten is recognised. */
export type Memory = {
  /** Name of the log of the instance on this machine. */
  readonly instance?: string;
  readonly logs: { readonly [origin: string]: Seen };
};

const NOTHING: Memory = { logs: {} };
const fileIn = (home: string): string => join(home, 'verify', 'last-seen.json');

/** What is remembered below an instance's home. Throws when there is a file that cannot be read: forgetting would hide a rollback. */
export function readMemory(home: string): Memory {
  let text: string;
  try {
    text = readFileSync(fileIn(home), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NOTHING;
    throw error;
  }
  const value = parsed(text);
  if (value === undefined)
    throw new Error(
      `${fileIn(home)} cannot be understood; put back a good copy, or verify with --forget once to begin anew`,
    );
  return value;
}

/** Remembers a log; the file is replaced whole. */
export function remember(home: string, memory: Memory): void {
  const file = fileIn(home);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify({ version: 2, ...memory }, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

function parsed(text: string): Memory | undefined {
  try {
    const value = JSON.parse(text) as Partial<Memory> & FirstVersion;
    if (value.logs) return { logs: value.logs, ...(value.instance && { instance: value.instance }) };
    return typeof value.origin === 'string' ? ofFirstVersion(value as Required<FirstVersion>) : undefined;
  } catch {
    return undefined;
  }
}

type FirstVersion = { readonly origin?: string; readonly nextPosition?: number; readonly chain?: string };

function ofFirstVersion({ origin, nextPosition: size, chain }: Required<FirstVersion>): Memory {
  return { instance: origin, logs: { [origin]: { size, chain, keys: [], witnesses: [] } } };
}
