import type { JsonObject, Predicate } from '@causeway/contracts';

/** What the ledger has shown so far of what a predicate asks for. `evidence` are step ids, no more than the predicate needs. */
export type Proof = { readonly count: number; readonly evidence: readonly string[] };

export const NO_PROOF: Proof = { count: 0, evidence: [] };

/** Whether a step, if it succeeds, counts for the predicate. */
export function counts(predicate: Predicate, capability: string, input: JsonObject): boolean {
  if (predicate.kind !== 'capability_succeeded' || predicate.capability !== capability) return false;
  return Object.entries(predicate.input ?? {}).every(([field, value]) => input[field] === value);
}

/** The proof with one more step that counts. */
export function withEvidence(proof: Proof, predicate: Predicate, stepId: string): Proof {
  const needed = predicate.kind === 'capability_succeeded' ? predicate.min : 0;
  return {
    count: proof.count + 1,
    evidence: proof.count < needed ? [...proof.evidence, stepId] : proof.evidence,
  };
}

export type Judgement =
  | { readonly proven: true; readonly evidence: readonly string[] }
  | { readonly proven: false; readonly missing: string };

/** Whether the ledger bears out a completion claim. */
export function judge(predicate: Predicate, proof: Proof): Judgement {
  switch (predicate.kind) {
    case 'manual':
      return { proven: false, missing: 'an operator has to confirm completion' };
    case 'never':
      return { proven: false, missing: 'this run is never complete; it ends by cancellation or by its budget' };
    case 'capability_succeeded':
      return proof.count >= predicate.min
        ? { proven: true, evidence: proof.evidence }
        : {
            proven: false,
            missing: `${predicate.min} succeeded step(s) of ${predicate.capability} are needed, the ledger shows ${proof.count}`,
          };
  }
}
