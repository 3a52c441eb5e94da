import type { Predicate, StepState } from '@causeway/contracts';
import { treeOf, type Bearing, type LeafPredicate } from './predicate-tree.ts';

/** What the ledger has shown so far of what one leaf asks for. Versions are those of the run's stream. */
export type LeafProof = {
  /** How often, as far as it is fresh. */
  readonly count: number;
  /** The steps that show it, `note:<key>` for a note: at most {@link MAX_EVIDENCE}, and no more than the leaf needs. */
  readonly evidence: readonly string[];
  /** Steps under way, or of unknown outcome, that may still count. */
  readonly pending: number;
  /** Steps under way that would make what is shown stale. */
  readonly voiding: number;
  /** What began before this version is stale. */
  readonly freshFrom: number;
  /** The step that made earlier evidence stale last. */
  readonly staleBy?: string;
};

/** One for each leaf of a predicate, in reading order. */
export type Proof = readonly LeafProof[];

/** How many steps a leaf names as its evidence: enough to look at, few enough to carry along. */
export const MAX_EVIDENCE = 100;

const NOTHING: LeafProof = { count: 0, evidence: [], pending: 0, voiding: 0, freshFrom: 0 };

/** Nothing is shown yet. */
export const noProof = (predicate: Predicate): Proof => treeOf(predicate).leaves.map(() => NOTHING);

/** The proof once a step is under way. */
export function afterStart(proof: Proof, { counts, voids }: Bearing): Proof {
  const pending = changed(proof, counts, (leaf) => ({ ...leaf, pending: leaf.pending + 1 }));
  return changed(pending, voids, (leaf) => ({ ...leaf, voiding: leaf.voiding + 1 }));
}

/** How a step ended. `began`: the version at which it started; `version`: that of its end; `matches`: leaves that found in its result what they look for. */
export type StepEnd = {
  readonly stepId: string;
  readonly state: StepState;
  readonly began: number;
  readonly version: number;
  readonly matches: readonly number[];
};

/** Ends after which it is certain that a step changed nothing that evidence is about. */
const WITHOUT_EFFECT: readonly StepState[] = ['failed', 'denied'];
/** Ends that tell what a step showed. Any other leaves it open for good. */
const CERTAIN: readonly StepState[] = ['succeeded', 'failed', 'denied'];

/** The proof once a step has ended. A step that takes effect makes stale what began before its end, itself excepted. */
export function afterEnd(predicate: Predicate, proof: Proof, { counts, voids }: Bearing, end: StepEnd): Proof {
  if (counts.length === 0 && voids.length === 0) return proof;
  const { leaves } = treeOf(predicate);
  return changed(proof, [...new Set([...counts, ...voids])], (before, at) => {
    const mayCount = counts.includes(at) && end.began > before.freshFrom;
    const isOpen = !CERTAIN.includes(end.state);
    const settled = mayCount ? { ...before, pending: before.pending - 1 } : before;
    const left = voids.includes(at) ? afterVoiding(settled, end) : settled;
    if (isOpen) return mayCount ? { ...left, pending: left.pending + 1 } : left;
    const leaf = leaves[at];
    return leaf && counts.includes(at) ? withOutcome(left, leaf.predicate, { ...end, mayCount, at }) : left;
  });
}

function afterVoiding(leaf: LeafProof, { state, stepId, version }: StepEnd): LeafProof {
  const voiding = leaf.voiding - 1;
  if (WITHOUT_EFFECT.includes(state)) return { ...leaf, voiding };
  return { count: 0, evidence: [], pending: 0, voiding, freshFrom: version, staleBy: stepId };
}

type Outcome = StepEnd & { readonly mayCount: boolean; readonly at: number };

function withOutcome(leaf: LeafProof, predicate: LeafPredicate, { state, stepId, mayCount, matches, at }: Outcome) {
  switch (predicate.kind) {
    case 'capability_succeeded':
      return mayCount && state === 'succeeded' ? oneMore(leaf, stepId, predicate.min) : leaf;
    case 'capability_failed':
      return mayCount && state === 'failed' ? oneMore(leaf, stepId, predicate.min) : leaf;
    case 'metadata_matches':
      if (state !== 'succeeded') return leaf;
      return mayCount && matches.includes(at) ? shown(leaf, stepId) : { ...leaf, count: 0, evidence: [] };
    default:
      return leaf;
  }
}

const oneMore = (leaf: LeafProof, stepId: string, needed: number): LeafProof => ({
  ...leaf,
  count: leaf.count + 1,
  evidence: leaf.evidence.length < Math.min(needed, MAX_EVIDENCE) ? [...leaf.evidence, stepId] : leaf.evidence,
});

const shown = (leaf: LeafProof, by: string): LeafProof => ({ ...leaf, count: 1, evidence: [by] });

/** The proof once a value was noted; `matches`: the leaves that it holds for. */
export function afterNote(predicate: Predicate, proof: Proof, key: string, matches: readonly number[]): Proof {
  const concerned = treeOf(predicate).byKey.get(key) ?? [];
  return changed(
    proof,
    concerned.map(({ leaf }) => leaf),
    (leaf, at) => (matches.includes(at) ? shown(leaf, `note:${key}`) : { ...leaf, count: 0, evidence: [] }),
  );
}

function changed(proof: Proof, at: readonly number[], change: (leaf: LeafProof, at: number) => LeafProof): Proof {
  if (at.length === 0) return proof;
  return proof.map((leaf, index) => (at.includes(index) ? change(leaf, index) : leaf));
}
