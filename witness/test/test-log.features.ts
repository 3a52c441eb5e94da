import { createHash } from 'node:crypto';
import {
  consistencyProof,
  formatAddCheckpoint,
  formatCheckpoint,
  formatVerifierKey,
  newSigningKey,
  rootOf,
  signNote,
  type HashReader,
  type SigningKey,
} from '@causeway/ledger';

export const ORIGIN = 'ledger.test/witness/main';

/** A log that exists only as the hashes of its leaves, and signs whatever it is asked to. */
export type TestLog = {
  readonly origin: string;
  readonly key: SigningKey;
  readonly vkey: string;
  readonly root: (size: number) => Uint8Array;
  readonly note: (size: number, keys?: readonly SigningKey[]) => string;
  /** The body of an add-checkpoint request between two sizes. */
  readonly request: (oldSize: number, size: number) => Promise<string>;
};

const hashOf = (text: string): Uint8Array => new Uint8Array(createHash('sha256').update(text).digest());

export const logKey = (origin: string, fill: number): SigningKey =>
  newSigningKey(origin, 'ed25519', new Uint8Array(32).fill(fill));

/** Logs with different `history` agree on the leaves before `forkedAt` and differ from there on. */
export function testLog({ origin = ORIGIN, history = '', forkedAt = 0, fill = 1 } = {}): TestLog {
  const key = logKey(origin, fill);
  const leaf = (index: number): Uint8Array => hashOf(index < forkedAt ? `leaf ${index}` : `leaf ${index}${history}`);
  const leaves = (from: number, to: number): readonly Uint8Array[] =>
    Array.from({ length: to - from }, (_, index) => leaf(from + index));
  const read: HashReader = (nodes) =>
    Promise.resolve(nodes.map(({ level, index }) => rootOf(leaves(index * 2 ** level, (index + 1) * 2 ** level))));
  const root = (size: number): Uint8Array => rootOf(leaves(0, size));
  const note = (size: number, keys: readonly SigningKey[] = [key]): string =>
    signNote(formatCheckpoint({ origin, size, root: root(size) }), keys);
  return {
    ...{ origin, key, vkey: formatVerifierKey(key), root, note },
    request: async (oldSize, size) =>
      formatAddCheckpoint({ oldSize, proof: await consistencyProof(oldSize, size, read), note: note(size) }),
  };
}
