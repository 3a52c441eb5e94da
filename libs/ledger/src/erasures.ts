import type { JsonValue } from './canonical-json.ts';
import type { Leaf } from './leaf.ts';

/** Type of the event by which a log records that data was erased. */
const ERASURE_TYPE = 'data.erased';

/** What an erasure says it reaches: events of a scope, of a stream or at positions, before a position. */
export type LoggedErasure = {
  readonly before: number;
  readonly scope?: string;
  readonly stream?: string;
  readonly positions?: ReadonlySet<number>;
};

type Members = { readonly [name: string]: JsonValue };

/** The erasure that a leaf records; undefined when it records none, or none that says what it reaches. */
export function erasureIn({ type, data }: Leaf): LoggedErasure | undefined {
  if (type !== ERASURE_TYPE || !('inline' in data)) return undefined;
  const { target, before } = membersOf(data.inline);
  if (!Number.isSafeInteger(before)) return undefined;
  const { scope, stream, positions } = membersOf(target);
  const reach = { before: before as number };
  if (typeof scope === 'string') return { ...reach, scope };
  if (typeof stream === 'string') return { ...reach, stream };
  return Array.isArray(positions) ? { ...reach, positions: new Set(positions as number[]) } : undefined;
}

const membersOf = (value: JsonValue | undefined): Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {};

/** Positions whose data is not there, until an erasure further on in the log explains it. */
export type MissingData = {
  readonly add: (leaf: Leaf, position: number) => void;
  /** Takes out what an erasure reaches. What comes after it is not here yet, and so is never explained by it. */
  readonly explain: (erasure: LoggedErasure) => void;
  /** How many were explained. */
  readonly explained: () => number;
  readonly unexplained: () => readonly number[];
};

export function missingData(): MissingData {
  const missing = new Map<number, Leaf>();
  let explained = 0;
  return {
    add: (leaf, position) => void missing.set(position, leaf),
    explain: (erasure) => {
      for (const [position, leaf] of missing) {
        if (!reaches(erasure, leaf, position)) continue;
        missing.delete(position);
        explained++;
      }
    },
    explained: () => explained,
    unexplained: () => [...missing.keys()],
  };
}

function reaches({ before, scope, stream, positions }: LoggedErasure, leaf: Leaf, position: number): boolean {
  if (position >= before) return false;
  return scope === leaf.meta.scope || stream === leaf.stream || positions?.has(position) === true;
}
