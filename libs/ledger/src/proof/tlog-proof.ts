import { decodeBase64, decodeDecimal, encodeBase64, isCount } from '../encoding.ts';
import { formatHashLines, parseHashLines, splitAtBlank } from './hash-lines.ts';
import { ProofError } from './proof-error.ts';

/**
 * All that shows, offline, that a leaf is in a log: its index, the audit path, and the signed checkpoint. `extra` means what the application says, and
 * nothing vouches for it.
 */
export type TlogProof = {
  readonly index: number;
  readonly proof: readonly Uint8Array[];
  readonly checkpoint: string;
  readonly extra?: Uint8Array;
};

const HEADER = 'c2sp.org/tlog-proof@v1';

/** The text of a `.tlog-proof` file (C2SP tlog-proof@v1). Throws ProofError for an index that is none, a wrong hash, or more than 63 of them. */
export function formatTlogProof({ index, proof, checkpoint, extra }: TlogProof): string {
  if (!isCount(index)) throw new ProofError(`an index is a whole number from 0 to 2^53-1, not ${index}`);
  const extraLine = extra === undefined ? '' : `extra ${encodeBase64(extra)}\n`;
  return `${HEADER}\n${extraLine}index ${index}\n${formatHashLines(proof)}\n${checkpoint}`;
}

/** Reads {@link formatTlogProof}; the checkpoint is not looked into: `openCheckpoint` does that. Throws ProofError. */
export function parseTlogProof(text: string): TlogProof {
  const { lines, rest } = splitAtBlank(text);
  const [header, ...body] = lines;
  if (header !== HEADER) throw new ProofError(`the first line is not ${HEADER}`);
  const extra = body[0]?.startsWith('extra ') ? parseExtra(body.shift()!) : undefined;
  const [indexLine = '', ...hashes] = body;
  const index = indexLine.startsWith('index ') ? decodeDecimal(indexLine.slice('index '.length)) : undefined;
  if (index === undefined) throw new ProofError('no line says «index» and a number before the hashes');
  const proof = { index, proof: parseHashLines(hashes), checkpoint: rest };
  return extra === undefined ? proof : { ...proof, extra };
}

function parseExtra(line: string): Uint8Array {
  const extra = decodeBase64(line.slice('extra '.length));
  if (extra === undefined) throw new ProofError('the extra data is not base64');
  return extra;
}
