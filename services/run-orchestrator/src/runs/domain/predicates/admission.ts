import type { FieldError, Predicate } from '@causeway/contracts';
import { treeOf, voidedByOf, type LeafPredicate, type TreeNode } from './predicate-tree.ts';

/** Whether a node can hold, and whether it can fail to, when no step was ever taken and no person asked. */
type Freely = { readonly canHold: boolean; readonly canFail: boolean };

/**
 * Whether a predicate could hold although nothing was done: by what an agent notes itself, by `always`, or because a `not` has nothing to speak
 * against it. Errs on the side of yes.
 */
export const provesNothing = (predicate: Predicate): boolean => freely(treeOf(predicate).root).canHold;

function freely(node: TreeNode): Freely {
  switch (node.kind) {
    case 'leaf':
      return leafFreely(node.predicate);
    case 'not': {
      const { canHold, canFail } = freely(node.part);
      return { canHold: canFail, canFail: canHold };
    }
    case 'all_of': {
      const parts = node.parts.map(freely);
      return { canHold: parts.every(({ canHold }) => canHold), canFail: parts.some(({ canFail }) => canFail) };
    }
    case 'any_of': {
      const parts = node.parts.map(freely);
      return { canHold: parts.some(({ canHold }) => canHold), canFail: parts.every(({ canFail }) => canFail) };
    }
  }
}

function leafFreely({ kind }: LeafPredicate): Freely {
  if (kind === 'always') return { canHold: true, canFail: false };
  return { canHold: kind === 'state_exists' || kind === 'memory_equals', canFail: true };
}

/** Every capability that a predicate names and that is not known, with its path. */
export function unknownCapabilities(predicate: Predicate, isKnown: (capability: string) => boolean): FieldError[] {
  return treeOf(predicate).leaves.flatMap(({ predicate: is, path }) => {
    const named = 'capability' in is ? [{ at: `${path}.capability`, capability: is.capability }] : [];
    const voiding = voidedByOf(is).map(({ capability }, at) => ({
      at: `${path}.voidedBy.${at}.capability`,
      capability,
    }));
    return [...named, ...voiding]
      .filter(({ capability }) => !isKnown(capability))
      .map(({ at, capability }) => ({ path: at, message: `«${capability}» is not a capability` }));
  });
}
