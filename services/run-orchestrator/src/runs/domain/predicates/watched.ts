import type { Json, Predicate, Scalar } from '@causeway/contracts';
import { treeOf, type Bearing } from './predicate-tree.ts';

/** Something that a leaf looks for in a step's result: `equals` at `path`, a JSON pointer (RFC 6901). */
export type Watched = { readonly leaf: number; readonly path: string; readonly equals: Scalar };

/** What the leaves that a step bears on look for in its result. */
export function watchedIn(predicate: Predicate, { counts }: Bearing): readonly Watched[] {
  const { leaves } = treeOf(predicate);
  return counts.flatMap((leaf) => {
    const is = leaves[leaf]?.predicate;
    return is?.kind === 'metadata_matches' ? [{ leaf, path: is.path, equals: is.equals }] : [];
  });
}

/** The leaves that find in this result what they look for. */
export const matchesIn = (watched: readonly Watched[], result: Json): readonly number[] =>
  watched.filter(({ path, equals }) => valueAt(result, path) === equals).map(({ leaf }) => leaf);

/** The value that a JSON pointer names, of own members and of items only; undefined where there is none. */
export function valueAt(value: Json, pointer: string): Json | undefined {
  let at: Json | undefined = value;
  for (const token of pointer.split('/').slice(1)) at = memberOf(at, token.replaceAll('~1', '/').replaceAll('~0', '~'));
  return at;
}

function memberOf(value: Json | undefined, name: string): Json | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return /^(?:0|[1-9]\d*)$/.test(name) ? (value as readonly Json[])[Number(name)] : undefined;
  return Object.hasOwn(value, name) ? (value as Readonly<Record<string, Json>>)[name] : undefined;
}

/** The leaves that hold now that this value is noted under this key. */
export function noteMatches(predicate: Predicate, key: string, value: Scalar): readonly number[] {
  const concerned = treeOf(predicate).byKey.get(key) ?? [];
  return concerned
    .filter(({ predicate: is }) => is.kind === 'state_exists' || (is.kind === 'memory_equals' && is.value === value))
    .map(({ leaf }) => leaf);
}
