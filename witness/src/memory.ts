import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { sameBytes } from '@causeway/ledger';
import { NOTHING_SEEN, type Seen } from './domain/add-checkpoint.ts';
import { readIfThere, writeWhole } from './whole-file.ts';

/** What the witness remembers of each log; one file for each, which one process alone may write. */
export type Memory = {
  /** The last tree that was cosigned. Rejects when the file cannot be understood, or is not what this process left there. */
  readonly recall: (origin: string) => Promise<Seen>;
  /** Resolves once this survives a power cut. `note` is kept beside it: the log's own word for it. */
  readonly keep: (origin: string, seen: Seen, note: string) => Promise<void>;
};

const VERSION = 1;
const fileOf = (folder: string, origin: string): string =>
  join(folder, `${createHash('sha256').update(origin).digest('hex')}.json`);

/** The memory in a folder that exists. */
export function memoryIn(folder: string): Memory {
  const left = new Map<string, Seen>();
  return {
    recall: async (origin) => {
      const text = await readIfThere(fileOf(folder, origin));
      const seen = text === undefined ? NOTHING_SEEN : parseSeen(text, origin);
      const before = left.get(origin);
      if (before && !(before.size === seen.size && sameBytes(before.root, seen.root)))
        throw new Error(`the memory of ${origin} was changed from outside; one folder is for one process alone`);
      left.set(origin, seen);
      return seen;
    },
    keep: async (origin, { size, root }, note) => {
      // Until the write is known to have come to its end, the file says what holds, not this process.
      left.delete(origin);
      const content = { version: VERSION, origin, size, root: Buffer.from(root).toString('base64'), note };
      await writeWhole(fileOf(folder, origin), `${JSON.stringify(content, null, 2)}\n`);
      left.set(origin, { size, root });
    },
  };
}

function parseSeen(text: string, origin: string): Seen {
  const { version, origin: named, size, root } = JSON.parse(text) as Record<string, unknown>;
  const bytes = typeof root === 'string' ? Buffer.from(root, 'base64') : Buffer.alloc(0);
  if (version !== VERSION || named !== origin || !Number.isSafeInteger(size) || Number(size) < 0 || bytes.length !== 32)
    throw new Error(
      `the memory of ${origin} cannot be understood; restore the folder of the witness, or start a new witness`,
    );
  return { size: Number(size), root: new Uint8Array(bytes) };
}
