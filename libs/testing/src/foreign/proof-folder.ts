import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a stranger is given to check: a log's key, two signed checkpoints, and proofs that a leaf is in the log and that the log only grew. */
export type ProofFolder = {
  readonly vkey: string;
  readonly checkpoint: string;
  readonly leaf: Uint8Array;
  /** C2SP tlog-proof@v1, with the checkpoint that it is for. */
  readonly inclusion: string;
  readonly olderCheckpoint: string;
  /** Hashes in base64, from `olderCheckpoint` to `checkpoint`. */
  readonly consistency: readonly string[];
};

/** Writes the files that the programs in `tools/foreign` read. */
export function writeProofFolder(folder: string, proof: ProofFolder): void {
  mkdirSync(folder, { recursive: true });
  const files = {
    vkey: `${proof.vkey}\n`,
    checkpoint: proof.checkpoint,
    leaf: proof.leaf,
    'inclusion.tlog-proof': proof.inclusion,
    'older-checkpoint': proof.olderCheckpoint,
    consistency: proof.consistency.map((hash) => `${hash}\n`).join(''),
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
}
