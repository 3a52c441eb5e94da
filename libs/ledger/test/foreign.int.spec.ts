import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { foreignVerifiers, writeProofFolder, type ForeignVerifier, type ProofFolder } from '@causeway/testing';
import {
  consistencyProof,
  cosign,
  formatCheckpoint,
  formatNote,
  formatTlogProof,
  formatVerifierKey,
  inclusionProof,
  leafHash,
  newSigningKey,
  parseNote,
  rootOf,
  signNote,
  tileHashReader,
  TILE_WIDTH,
  type TileId,
} from '../src/index.ts';

const ORIGIN = 'ledger.test/foreign/main';
const SIZE = 1000;
const OLDER = 613;
const INDEX = 700;
const key = newSigningKey(ORIGIN, 'ed25519', new Uint8Array(32).fill(1));
const nextKey = newSigningKey(ORIGIN, 'ed25519', new Uint8Array(32).fill(2));
const witness = newSigningKey('witness.test/w1', 'cosignature-v1', new Uint8Array(32).fill(3));

const leaves = Array.from({ length: SIZE }, (_, n) => Buffer.from(`{"pos":${n}}`));
const hashes = leaves.map(leafHash);
const read = tileHashReader(SIZE, ({ level, index, width }: TileId) => {
  const first = index * TILE_WIDTH;
  const upper = (i: number) => rootOf(hashes.slice(i * TILE_WIDTH, (i + 1) * TILE_WIDTH));
  const row = Array.from({ length: width }, (_, i) => (level === 0 ? hashes[first + i]! : upper(first + i)));
  return Promise.resolve(Buffer.concat(row));
});
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const rootAt = (size: number) => rootOf(hashes.slice(0, size));

/** A checkpoint as a log publishes it: two keys of its own, of which strangers know one, and a witness. */
function checkpointOf(size: number, root: Uint8Array): string {
  const text = formatCheckpoint({ origin: ORIGIN, size, root });
  const { signatures } = parseNote(signNote(text, [key, nextKey]));
  return formatNote({ text, signatures: [...signatures, cosign(text, witness, 1_700_000_000)] });
}

async function goodProof(size = SIZE, root = rootAt(SIZE)): Promise<ProofFolder> {
  const checkpoint = checkpointOf(size, root);
  const proof = await inclusionProof(INDEX, SIZE, read);
  return {
    vkey: formatVerifierKey(key),
    checkpoint,
    leaf: leaves[INDEX]!,
    inclusion: formatTlogProof({ index: INDEX, proof, checkpoint }),
    olderCheckpoint: checkpointOf(OLDER, rootAt(OLDER)),
    consistency: (await consistencyProof(OLDER, SIZE, read)).map(base64),
  };
}

/** The text with another character at the first place after `mark` that is not one of the two. */
function changedAfter(text: string, mark: string, offset = 0): string {
  const at = text.indexOf(mark) + mark.length + offset;
  return text.slice(0, at) + (text[at] === 'B' ? 'C' : 'B') + text.slice(at + 1);
}

type Change = (good: ProofFolder) => ProofFolder | Promise<ProofFolder>;
const ownLine = `\u2014 ${ORIGIN} `;
const inclusionOf = (good: ProofFolder, change: (text: string) => string) => ({
  ...good,
  inclusion: change(good.inclusion),
});

/** One byte is another one. */
const forBoth: readonly [string, Change][] = [
  [
    'the text of the checkpoint',
    (good) => ({ ...good, checkpoint: changedAfter(good.checkpoint, ORIGIN.slice(0, -1)) }),
  ],
  ['the size in the checkpoint', (good) => ({ ...good, checkpoint: good.checkpoint.replace('\n1000\n', '\n1001\n') })],
  ['the root in the checkpoint', (good) => ({ ...good, checkpoint: changedAfter(good.checkpoint, '\n1000\n', 5) })],
  ['the signature of the checkpoint', (good) => ({ ...good, checkpoint: changedAfter(good.checkpoint, ownLine, 20) })],
  ['the id of the key in the checkpoint', (good) => ({ ...good, checkpoint: changedAfter(good.checkpoint, ownLine) })],
  [
    'the root in the older checkpoint',
    (good) => ({ ...good, olderCheckpoint: changedAfter(good.olderCheckpoint, '\n613\n') }),
  ],
  ['the leaf', (good) => ({ ...good, leaf: Buffer.from(good.leaf).fill('{', 1, 2) })],
  ['the first hash of the proof', (good) => inclusionOf(good, (text) => changedAfter(text, 'index 700\n'))],
  ['the index of the proof', (good) => inclusionOf(good, (text) => text.replace('index 700', 'index 701'))],
  ['the header of the proof', (good) => inclusionOf(good, (text) => text.replace('@v1', '@v2'))],
  ['the root in the checkpoint of the proof', (good) => inclusionOf(good, (text) => changedAfter(text, '\n1000\n'))],
  ['the key of the log', (good) => ({ ...good, vkey: formatVerifierKey(witness) })],
  ['the key that is known', (good) => ({ ...good, vkey: changedAfter(good.vkey, '+', 20) })],
];

/** What the log itself could sign wrongly. */
const signedLies: readonly [string, Change][] = [
  ['a root of the log’s choice', () => goodProof(SIZE, rootAt(SIZE - 1))],
  ['a size of the log’s choice', () => goodProof(2 * SIZE)],
];

const forConsistency: readonly [string, Change][] = [
  [
    'a hash of the consistency proof',
    (good) => ({ ...good, consistency: good.consistency.with(0, changedAfter(good.consistency[0]!, '')) }),
  ],
  ['a consistency proof without its end', (good) => ({ ...good, consistency: good.consistency.slice(0, -1) })],
  [
    'an older checkpoint of another history',
    (good) => ({ ...good, olderCheckpoint: checkpointOf(OLDER, rootAt(OLDER - 1)) }),
  ],
];

let folder: string;
let verifiers: readonly ForeignVerifier[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-foreign-'));
  verifiers = await foreignVerifiers();
}, 900_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const verdictOf = (name: ForeignVerifier['name'], proof: ProofFolder) => {
  writeProofFolder(folder, proof);
  return verifiers.find((verifier) => verifier.name === name)!.verify(folder);
};

describe.each(['golang.org/x/mod/sumdb', '@sigstore/verify'] as const)('%s', (name) => {
  it('accepts our checkpoints and proofs', async () => {
    expect(verdictOf(name, await goodProof())).toEqual({ accepted: true, said: 'accepted' });
  });

  it.each([...forBoth, ...signedLies])('refuses after a change of %s', async (_, change) => {
    expect(verdictOf(name, await change(await goodProof()))).toMatchObject({
      accepted: false,
      said: expect.stringMatching(/^refused: /) as string,
    });
  });
});

describe('golang.org/x/mod/sumdb', () => {
  it.each(forConsistency)('refuses %s', async (_, change) => {
    expect(verdictOf('golang.org/x/mod/sumdb', await change(await goodProof()))).toMatchObject({
      accepted: false,
      said: expect.stringMatching(/^refused: consistency: /) as string,
    });
  });
});
