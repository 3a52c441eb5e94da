import { leafHash, toHex } from '../chain.ts';
import { consistencyProof, inclusionProof, isConsistent, isIncluded, treeRoot } from '../merkle/proofs.ts';
import { rootOf } from '../merkle/tree-hash.ts';
import { formatCheckpoint, openCheckpoint } from '../note/checkpoint.ts';
import { newSigningKey, parseVerifierKey, type VerifierKey } from '../note/keys.ts';
import { signNote } from '../note/note.ts';
import { tryAll, type VectorSet } from '../vectors.features.ts';
import { tileHashReader } from './tile-reader.ts';
import { decodeEntryBundle, encodeEntryBundle, entriesPath, tilePath } from './tiles.ts';

const VKEY = 'example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx';
const FOLDER = 'tessera/testdata/log';

/** A state of a log that another program wrote: its checkpoint, and the tile and the bundle of that width. */
type State = {
  readonly name: string;
  readonly size: number;
  readonly key: VerifierKey;
  readonly note: string;
  readonly older: string;
  readonly tile: Uint8Array;
  readonly bundle: Uint8Array;
};

const ownKey = newSigningKey('example.test/log', 'ed25519', new Uint8Array(32).fill(5));
const ownLeaves = [Buffer.from('a'), Buffer.from('b')];
const ownCheckpoint = (size: number) =>
  signNote(formatCheckpoint({ origin: ownKey.name, size, root: rootOf(ownLeaves.slice(0, size).map(leafHash)) }), [
    ownKey,
  ]);

const states: VectorSet<State> = {
  name: 'tessera checkpoints, tiles and bundles',
  count: 15,
  read: (vectors) =>
    Array.from({ length: 15 }, (_, older) => ({
      name: `checkpoint.${older + 1}`,
      size: older + 1,
      key: parseVerifierKey(VKEY),
      note: vectors.text(`${FOLDER}/checkpoint.${older + 1}`),
      older: vectors.text(`${FOLDER}/checkpoint.${older}`),
      tile: vectors.bytes(`${FOLDER}/${tilePath({ level: 0, index: 0, width: older + 1 })}`),
      bundle: vectors.bytes(`${FOLDER}/${entriesPath({ index: 0, width: older + 1 })}`),
    })),
  own: [
    {
      name: 'own',
      size: 2,
      key: ownKey,
      note: ownCheckpoint(2),
      older: ownCheckpoint(1),
      tile: Buffer.concat(ownLeaves.map(leafHash)),
      bundle: encodeEntryBundle(ownLeaves),
    },
  ],
};

/** Leaves hash to the tile, the tile to the root, the bytes of the bundle come out again. */
async function isRebuilt({ size, key, note, tile, bundle }: State): Promise<boolean> {
  const leaves = decodeEntryBundle(bundle);
  const { root } = openCheckpoint(note, key.name, [key]);
  const fromTile = await treeRoot(
    size,
    tileHashReader(size, () => Promise.resolve(tile)),
  );
  return (
    leaves.length === size &&
    toHex(Buffer.concat(leaves.map(leafHash))) === toHex(tile) &&
    toHex(encodeEntryBundle(leaves)) === toHex(bundle) &&
    [fromTile, rootOf(leaves.map(leafHash))].every((computed) => toHex(computed) === toHex(root))
  );
}

/** Every leaf is in the tree, and the older checkpoint is its beginning, by proofs read out of the tile. */
async function isProven({ size, key, note, older, tile, bundle }: State): Promise<boolean> {
  const read = tileHashReader(size, () => Promise.resolve(tile));
  const { root } = openCheckpoint(note, key.name, [key]);
  const from = openCheckpoint(older, key.name, [key]);
  for (const [index, leaf] of decodeEntryBundle(bundle).entries()) {
    const proof = await inclusionProof(index, size, read);
    if (!isIncluded({ index, size, leafHash: leafHash(leaf), proof, root })) return false;
  }
  const proof = await consistencyProof(from.size, size, read);
  return isConsistent({ fromSize: from.size, fromRoot: from.root, toSize: size, toRoot: root, proof });
}

const nameOf = ({ name }: State) => name;

describe('a log that another program wrote', () => {
  it('is rebuilt from its entries, byte for byte', async () => {
    const { is, due } = await tryAll(states, isRebuilt, nameOf);
    expect(is).toEqual(due);
  });

  it('is proven from its tiles', async () => {
    const { is, due } = await tryAll({ ...states, name: 'tessera proofs out of tiles' }, isProven, nameOf);
    expect(is).toEqual(due);
  });

  it('has sixteen checkpoints, the last of which is the current one', async () => {
    const set: VectorSet<State['note']> = {
      name: 'tessera signed checkpoints',
      count: 17,
      read: (vectors) => [
        ...Array.from({ length: 16 }, (_, size) => vectors.text(`${FOLDER}/checkpoint.${size}`)),
        vectors.text(`${FOLDER}/checkpoint`),
      ],
      own: [ownCheckpoint(1)],
    };
    const key = (note: string) => (note.startsWith(ownKey.name) ? ownKey : parseVerifierKey(VKEY));
    const agrees = (note: string) => openCheckpoint(note, key(note).name, [key(note)]).verified.length === 1;
    const { is, due } = await tryAll(set, agrees, (note) => note);
    expect(is).toEqual(due);
  });
});
