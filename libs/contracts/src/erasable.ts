import type { Json } from './json.ts';

/**
 * Which members of an event's data can be erased, and what stands in their place once they are. A key is a path of member names with dots
 * between; `*` stands for every item of an array: `hops.*.url`. The value is the placeholder, of the member's own type; undefined leaves the
 * member out, which only an optional one can bear.
 */
export type ErasableMembers = { readonly [path: string]: Json | undefined };

/** Placeholder of an erased text. */
export const ERASED_TEXT = '[erased]';

/** {@link ErasableMembers} as a tree, made once for each event type. */
export type ErasableTree = ReadonlyMap<string, Branch>;
type Branch = { readonly placeholder: Json | undefined } | ErasableTree;

type Members = { [name: string]: Json };
type Parts = { readonly kept: Json; readonly taken: Json | undefined };

/** The tree of these paths. RangeError when one is empty, ends in `*`, or leads through another: such members could not be told apart. */
export function erasableTree(members: ErasableMembers): ErasableTree {
  const tree = new Map<string, Branch>();
  for (const [path, placeholder] of Object.entries(members)) grow(tree, path, placeholder);
  return tree;
}

function grow(tree: Map<string, Branch>, path: string, placeholder: Json | undefined): void {
  const names = path.split('.');
  const last = names.pop() ?? '';
  if (last === '*' || [...names, last].includes('')) throw new RangeError(`«${path}» does not name a member`);
  let node = tree;
  for (const name of names) {
    const next = node.get(name) ?? new Map<string, Branch>();
    if (!(next instanceof Map)) throw new RangeError(`«${path}» lies within a member that is erasable as a whole`);
    node.set(name, next);
    node = next as Map<string, Branch>;
  }
  if (node.has(last)) throw new RangeError(`«${path}» is named twice`);
  node.set(last, { placeholder });
}

/**
 * Takes data apart: `kept` is the data without its erasable members, `taken` those members alone, where they were. In `taken` an item of an
 * array that has none is null. Undefined when there is nothing to take. {@link mergedData} puts both together again.
 */
export function splitData(data: Json, tree: ErasableTree): Parts {
  if (tree.size === 0 || typeof data !== 'object' || data === null) return { kept: data, taken: undefined };
  return Array.isArray(data) ? splitItems(data, tree) : splitMembers(data as Members, tree);
}

function splitMembers(data: Members, tree: ErasableTree): Parts {
  const kept: Members = {};
  let taken: Members | undefined;
  for (const name in data) {
    // Not a member that can be set in another object; the ledger refuses it.
    if (name === '__proto__') return { kept: data, taken: undefined };
    const value = data[name]!;
    const branch = tree.get(name);
    if (branch === undefined) kept[name] = value;
    else if ('placeholder' in branch) (taken ??= {})[name] = value;
    else {
      const parts = splitData(value, branch);
      kept[name] = parts.kept;
      if (parts.taken !== undefined) (taken ??= {})[name] = parts.taken;
    }
  }
  return taken === undefined ? { kept: data, taken } : { kept, taken };
}

function splitItems(items: readonly Json[], tree: ErasableTree): Parts {
  const each = tree.get('*');
  if (each === undefined || 'placeholder' in each) return { kept: items, taken: undefined };
  const parts = items.map((item) => splitData(item, each));
  if (parts.every(({ taken }) => taken === undefined)) return { kept: items, taken: undefined };
  return { kept: parts.map(({ kept }) => kept), taken: parts.map(({ taken }) => taken ?? null) };
}

/** The data that {@link splitData} took apart. Parts that do not fit each other are not an error here: `kept` stands. */
export function mergedData(kept: Json, taken: Json): Json {
  if (Array.isArray(kept)) {
    return Array.isArray(taken)
      ? (kept as Json[]).map((item, at) => mergedData(item, (taken as Json[])[at] ?? null))
      : kept;
  }
  if (!isObject(kept) || !isObject(taken)) return kept;
  const merged: Members = { ...kept };
  for (const [name, value] of Object.entries(taken)) {
    merged[name] = Object.hasOwn(kept, name) ? mergedData(kept[name]!, value) : value;
  }
  return merged;
}

/** `kept` with a placeholder for each member that was taken: it fits the event's schema, so that whoever folds it need not know. */
export function withPlaceholders(kept: Json, tree: ErasableTree): Json {
  if (Array.isArray(kept)) {
    const each = tree.get('*');
    return each === undefined || 'placeholder' in each
      ? kept
      : (kept as Json[]).map((item) => withPlaceholders(item, each));
  }
  if (!isObject(kept)) return kept;
  const filled: Members = { ...kept };
  for (const [name, branch] of tree) {
    if (!('placeholder' in branch)) {
      if (Object.hasOwn(kept, name)) filled[name] = withPlaceholders(kept[name]!, branch);
    } else if (!Object.hasOwn(kept, name) && branch.placeholder !== undefined) filled[name] = branch.placeholder;
  }
  return filled;
}

const isObject = (value: Json): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
