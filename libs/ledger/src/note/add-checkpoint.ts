import { decodeDecimal, isCount } from '../encoding.ts';
import { formatHashLines, parseHashLines, splitAtBlank } from '../proof/hash-lines.ts';
import { ProofError } from '../proof/proof-error.ts';

/** What a log sends to a witness: the size that the witness knows, the proof from there on, and the signed checkpoint. */
export type AddCheckpoint = {
  readonly oldSize: number;
  readonly proof: readonly Uint8Array[];
  readonly note: string;
};

/** The body of an add-checkpoint request (C2SP tlog-witness). Throws ProofError for a size that is none, a wrong hash, or more than 63 of them. */
export function formatAddCheckpoint({ oldSize, proof, note }: AddCheckpoint): string {
  if (!isCount(oldSize)) throw new ProofError(`an old size is a whole number from 0 to 2^53-1, not ${oldSize}`);
  return `old ${oldSize}\n${formatHashLines(proof)}\n${note}`;
}

/** Reads {@link formatAddCheckpoint}; `note` is not looked into: `openCheckpoint` does that. Throws ProofError. */
export function parseAddCheckpoint(body: string): AddCheckpoint {
  const { lines, rest } = splitAtBlank(body);
  const [first = '', ...hashes] = lines;
  const oldSize = first.startsWith('old ') ? decodeDecimal(first.slice('old '.length)) : undefined;
  if (oldSize === undefined) throw new ProofError('the first line is not «old» and a size');
  return { oldSize, proof: parseHashLines(hashes), note: rest };
}
