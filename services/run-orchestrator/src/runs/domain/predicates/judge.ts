import type { Predicate } from '@causeway/contracts';
import { missingAt, wordsOf, type OpenSubgoals } from './missing.ts';
import { treeOf, type Leaf, type TreeNode } from './predicate-tree.ts';
import type { LeafProof, Proof } from './proof.ts';

/** What a predicate is judged by: what the ledger shows, and whether a person confirms. */
export type Shown = {
  readonly proof: Proof;
  /** Subgoals that are not done; undefined when the run was given none. */
  readonly openSubgoals: OpenSubgoals;
  readonly isConfirmed: boolean;
};

/** `certain`: it holds whatever becomes of the steps under way; `possible`: it may hold once they have ended. */
type Bounds = { readonly certain: boolean; readonly possible: boolean };

/** What does not hold: the path of a leaf, and what is missing there. */
export type Unmet = { readonly path: string; readonly message: string };

export type Judgement =
  | { readonly verdict: 'proven'; readonly evidence: readonly string[] }
  /** Everything else is shown; a person has to confirm. */
  | { readonly verdict: 'asks-person'; readonly evidence: readonly string[] }
  | { readonly verdict: 'unproven'; readonly missing: string; readonly unmet: readonly Unmet[] };

/**
 * Whether the ledger bears out a completion claim. Steps under way are taken at their worst: what they could make stale is not shown, and what
 * they could show under a `not` is (strong Kleene logic over intervals). The cost depends on the predicate alone.
 */
export function judge(predicate: Predicate, shown: Omit<Shown, 'isConfirmed'>): Judgement {
  const { root } = treeOf(predicate);
  const alone = { ...shown, isConfirmed: false };
  if (boundsOf(root, alone).certain) return { verdict: 'proven', evidence: evidenceOf(root, alone) };
  const withPerson = { ...shown, isConfirmed: true };
  if (boundsOf(root, withPerson).certain) return { verdict: 'asks-person', evidence: evidenceOf(root, withPerson) };
  const unmet = unmetIn(root, withPerson, false);
  return { verdict: 'unproven', missing: wordsOf(unmet), unmet };
}

function boundsOf(node: TreeNode, shown: Shown): Bounds {
  switch (node.kind) {
    case 'leaf':
      return leafBounds(node, shown);
    case 'not': {
      const { certain, possible } = boundsOf(node.part, shown);
      return { certain: !possible, possible: !certain };
    }
    case 'all_of': {
      const parts = node.parts.map((part) => boundsOf(part, shown));
      return { certain: parts.every(({ certain }) => certain), possible: parts.every(({ possible }) => possible) };
    }
    case 'any_of': {
      const parts = node.parts.map((part) => boundsOf(part, shown));
      return { certain: parts.some(({ certain }) => certain), possible: parts.some(({ possible }) => possible) };
    }
  }
}

const sure = (holds: boolean): Bounds => ({ certain: holds, possible: holds });

function leafBounds({ leaf, predicate }: Leaf, { proof, openSubgoals, isConfirmed }: Shown): Bounds {
  switch (predicate.kind) {
    case 'manual':
      return sure(isConfirmed);
    case 'never':
      return sure(false);
    case 'always':
      return sure(true);
    case 'subgoals_done':
      return sure(openSubgoals?.length === 0);
    case 'capability_succeeded':
    case 'capability_failed':
      return counted(proof[leaf], predicate.min);
    case 'metadata_matches':
    case 'state_exists':
    case 'memory_equals':
      return counted(proof[leaf], 1);
  }
}

function counted(leaf: LeafProof | undefined, needed: number): Bounds {
  if (!leaf) return sure(false);
  const { count, pending, voiding } = leaf;
  return { certain: voiding === 0 && count >= needed, possible: count + pending >= needed };
}

/** The steps that make a node hold: of alternatives the first that does. */
function evidenceOf(node: TreeNode, shown: Shown): readonly string[] {
  switch (node.kind) {
    case 'leaf':
      return shown.proof[node.leaf]?.evidence ?? [];
    case 'not':
      return [];
    case 'all_of':
      return [...new Set(node.parts.flatMap((part) => evidenceOf(part, shown)))];
    case 'any_of': {
      const held = node.parts.find((part) => boundsOf(part, shown).certain);
      return held ? evidenceOf(held, shown) : [];
    }
  }
}

/** The leaves on account of which a node does not certainly hold; below a `not`, on account of which it still may. */
function unmetIn(node: TreeNode, shown: Shown, isNegated: boolean): readonly Unmet[] {
  const { certain, possible } = boundsOf(node, shown);
  if (isNegated ? !possible : certain) return [];
  switch (node.kind) {
    case 'leaf':
      return [
        { path: node.path, message: missingAt(node.predicate, { ...shown, leaf: shown.proof[node.leaf], isNegated }) },
      ];
    case 'not':
      return unmetIn(node.part, shown, !isNegated);
    case 'all_of':
    case 'any_of': {
      const unmet = node.parts.flatMap((part) => unmetIn(part, shown, isNegated));
      const isChoice = (node.kind === 'any_of') !== isNegated && node.parts.length > 1;
      return isChoice ? unmet.map(({ path, message }) => ({ path, message: `one way: ${message}` })) : unmet;
    }
  }
}
