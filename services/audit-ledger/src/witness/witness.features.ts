import {
  cosign,
  formatCheckpoint,
  formatSignature,
  formatVerifierKey,
  isConsistent,
  newSigningKey,
  openCheckpoint,
  parseAddCheckpoint,
  parseNote,
  rootOf,
  signNote,
  type SigningKey,
} from '@causeway/ledger';
import type { Post, WitnessAnswer } from './post-to-witness.ts';
import type { Witness } from './witness-list.ts';

export const ORIGIN = 'ledger.test/witnessed';
const logKey = newSigningKey(ORIGIN, 'ed25519', new Uint8Array(32).fill(1));
export const witnessKey = (seed = 2): SigningKey =>
  newSigningKey('witness.test/one', 'cosignature-v1', new Uint8Array(32).fill(seed));

export const witnessOf = (key: SigningKey, url = 'http://127.0.0.1:1/'): Witness => ({
  ...{ url, key, vkey: formatVerifierKey(key) },
});

export const leaves = (size: number): Uint8Array[] =>
  Array.from({ length: size }, (_, n) => new Uint8Array(32).fill(n));
export const noteOf = (size: number): string =>
  signNote(formatCheckpoint({ origin: ORIGIN, size, root: rootOf(leaves(size)) }), [logKey]);

const text = (status: number, body: string, type = 'text/plain'): WitnessAnswer => ({ status, type, body });

/** A witness that does what C2SP tlog-witness asks of it, from memory. */
export function stubWitness(key: SigningKey = witnessKey(), knows = 0) {
  let known = { size: knows, root: rootOf(leaves(knows)) };
  const asked: number[] = [];
  const answer = (body: string): WitnessAnswer => {
    const { oldSize, proof, note } = parseAddCheckpoint(body);
    asked.push(oldSize);
    const { size, root } = openCheckpoint(note, ORIGIN, [logKey]);
    if (oldSize !== known.size) return text(409, `${known.size}\n`, 'text/x.tlog.size');
    if (!isConsistent({ fromSize: known.size, fromRoot: known.root, toSize: size, toRoot: root, proof }))
      return text(422, 'the proof does not hold');
    known = { size, root };
    return text(200, formatSignature(cosign(parseNote(note).text, key, 1_800_000_000)));
  };
  const post: Post = async (_url, body) => answer(body);
  return { answer, post, asked, knows: () => known.size };
}
