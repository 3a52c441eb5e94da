import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Cases that others published, read from beside the clone when somebody put them there. */
const FOLDER = fileURLToPath(new URL('../../../../shared/vectors/ledger/', import.meta.url));

export type Vectors = {
  readonly bytes: (path: string) => Uint8Array;
  readonly text: (path: string) => string;
  readonly json: <Value>(path: string) => Value;
  /** Paths of the files below a folder, in order. */
  readonly files: (folder: string) => readonly string[];
};

const published: Vectors = {
  bytes: (path) => readFileSync(join(FOLDER, path)),
  text: (path) => readFileSync(join(FOLDER, path), 'utf8'),
  json: <Value>(path: string) => JSON.parse(readFileSync(join(FOLDER, path), 'utf8')) as Value,
  files: (folder) =>
    readdirSync(join(FOLDER, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(FOLDER.length))
      .toSorted(),
};

export type VectorSet<Case> = {
  readonly name: string;
  /** Number of published cases: a set that lost some is noticed. */
  readonly count: number;
  readonly read: (vectors: Vectors) => readonly Case[];
  /** What stands in for the set where it is not: at least one case each way. */
  readonly own: readonly Case[];
  /** Names of the published cases about which we mean to say something else than their authors, in order. */
  readonly differing?: readonly string[];
};

export type Result = {
  /** Names of the cases about which we say something else than their authors. */
  readonly differing: readonly string[];
  readonly tried: number;
};

/**
 * Tries every case of a set, and says in one line of the output how many came out as their authors say. `is` is to be equal to `due`.
 */
export async function tryAll<Case>(
  set: VectorSet<Case>,
  agrees: (one: Case) => boolean | Promise<boolean>,
  nameOf: (one: Case) => string,
): Promise<{ readonly is: Result; readonly due: Result }> {
  const there = existsSync(FOLDER);
  const cases = there ? set.read(published) : set.own;
  const differing: string[] = [];
  for (const one of cases) if (!(await agrees(one))) differing.push(nameOf(one));
  const what = there ? set.name : `${set.name} not there, own cases instead:`;
  const meant = there && set.differing ? `, ${set.differing.length} otherwise on purpose` : '';
  process.stdout.write(`vectors: ${what} ${cases.length - differing.length} of ${cases.length}${meant}\n`);
  const due = there ? { differing: set.differing ?? [], tried: set.count } : { differing: [], tried: set.own.length };
  return { is: { differing, tried: cases.length }, due };
}

/** Whether something is done without an error of ours; errors without a code are faults, and come through. */
export function isAccepted(act: () => unknown): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') return false;
    throw error;
  }
}
