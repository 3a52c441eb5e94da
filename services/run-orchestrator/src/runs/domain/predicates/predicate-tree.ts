import type { InputFields, JsonObject, Predicate } from '@causeway/contracts';

export type Group = Extract<Predicate, { kind: 'all_of' | 'any_of' | 'not' }>;
export type LeafPredicate = Exclude<Predicate, Group>;

/** A node with its place: `leaf` is the number of a leaf in reading order from 0, `path` leads to the node through the predicate. */
export type Leaf = {
  readonly kind: 'leaf';
  readonly leaf: number;
  readonly predicate: LeafPredicate;
  readonly path: string;
};
export type TreeNode =
  | Leaf
  | { readonly kind: 'all_of' | 'any_of'; readonly parts: readonly TreeNode[]; readonly path: string }
  | { readonly kind: 'not'; readonly part: TreeNode; readonly path: string };

type Interest = { readonly leaf: number; readonly input: InputFields | undefined };
type Interests = { readonly counts: readonly Interest[]; readonly voids: readonly Interest[] };

/** A predicate ready for work: what a step or a note concerns is found by its capability or key, not by a walk. */
export type PredicateTree = {
  readonly root: TreeNode;
  readonly leaves: readonly Leaf[];
  readonly byCapability: ReadonlyMap<string, Interests>;
  readonly byKey: ReadonlyMap<string, readonly Leaf[]>;
};

const known = new WeakMap<Predicate, PredicateTree>();

/** The tree of a predicate; made once for each. */
export function treeOf(predicate: Predicate): PredicateTree {
  const tree = known.get(predicate) ?? grown(predicate);
  known.set(predicate, tree);
  return tree;
}

function grown(predicate: Predicate): PredicateTree {
  const leaves: Leaf[] = [];
  const root = nodeOf(predicate, 'predicate', leaves);
  const byCapability = new Map<string, { counts: Interest[]; voids: Interest[] }>();
  const interestsIn = (capability: string) => {
    const interests = byCapability.get(capability) ?? { counts: [], voids: [] };
    byCapability.set(capability, interests);
    return interests;
  };
  for (const { leaf, predicate: is } of leaves) {
    if ('capability' in is) interestsIn(is.capability).counts.push({ leaf, input: is.input });
    for (const { capability, input } of voidedByOf(is)) interestsIn(capability).voids.push({ leaf, input });
  }
  const noted = leaves.filter((leaf) => 'key' in leaf.predicate);
  const byKey = Map.groupBy(noted, ({ predicate: is }) => ('key' in is ? is.key : ''));
  return { root, leaves, byCapability, byKey };
}

/** Steps that make a leaf's earlier evidence stale. */
export const voidedByOf = (leaf: LeafPredicate) => ('voidedBy' in leaf ? (leaf.voidedBy ?? []) : []);

function nodeOf(predicate: Predicate, path: string, leaves: Leaf[]): TreeNode {
  switch (predicate.kind) {
    case 'all_of':
      return groupOf('all_of', predicate.all_of, path, leaves);
    case 'any_of':
      return groupOf('any_of', predicate.any_of, path, leaves);
    case 'not':
      return { kind: 'not', part: nodeOf(predicate.not, `${path}.not`, leaves), path };
    default: {
      const leaf = { kind: 'leaf' as const, leaf: leaves.length, predicate, path };
      leaves.push(leaf);
      return leaf;
    }
  }
}

const groupOf = (kind: 'all_of' | 'any_of', of: readonly Predicate[], path: string, leaves: Leaf[]): TreeNode => ({
  ...{ kind, path },
  parts: of.map((part, at) => nodeOf(part, `${path}.${kind}.${at}`, leaves)),
});

/** What a step bears on: the leaves that it may count for once it ends, and those whose earlier evidence it makes stale. */
export type Bearing = { readonly counts: readonly number[]; readonly voids: readonly number[] };
export const NO_BEARING: Bearing = { counts: [], voids: [] };

/** What a step of this capability with this input bears on. The cost depends on the predicate alone. */
export function bearingOf(predicate: Predicate, capability: string, input: JsonObject): Bearing {
  const interests = treeOf(predicate).byCapability.get(capability);
  if (!interests) return NO_BEARING;
  const concerned = (all: readonly Interest[]): readonly number[] => [
    ...new Set(all.filter(({ input: fields }) => fits(input, fields)).map(({ leaf }) => leaf)),
  ];
  return { counts: concerned(interests.counts), voids: concerned(interests.voids) };
}

const fits = (input: JsonObject, fields: InputFields | undefined): boolean =>
  Object.entries(fields ?? {}).every(([field, value]) => Object.hasOwn(input, field) && input[field] === value);
