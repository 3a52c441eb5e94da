import { leafHash } from '../chain.ts';
import { isIncluded } from '../merkle/proofs.ts';
import { rootOf } from '../merkle/tree-hash.ts';
import { tryAll, isAccepted, type VectorSet, type Vectors } from '../vectors.features.ts';
import { formatCheckpoint, openCheckpoint, parseCheckpoint } from './checkpoint.ts';
import { formatVerifierKey, newSigningKey, parseVerifierKey, type VerifierKey } from './keys.ts';
import { parseNote, signNote } from './note.ts';

type InclusionProof = {
  readonly logIndex: string;
  readonly hashes: readonly string[];
  readonly treeSize: string;
  readonly rootHash: string;
  readonly checkpoint?: { readonly envelope: string };
};
type Bundle = {
  readonly verificationMaterial: {
    readonly tlogEntries: readonly { readonly canonicalizedBody: string; readonly inclusionProof?: InclusionProof }[];
  };
};
type TrustedRoot = {
  readonly tlogs: readonly {
    readonly baseUrl: string;
    readonly publicKey: { readonly rawBytes: string };
    readonly logId: { readonly keyId: string };
  }[];
};

/** An entry of a log and what shows that it is there; `log` is its name and key when its key is Ed25519. */
type Entry = {
  readonly name: string;
  readonly leaf: Uint8Array;
  readonly proof: InclusionProof | undefined;
  readonly log: { readonly origin: string; readonly key: VerifierKey } | undefined;
  readonly good: boolean;
};

const base64 = (text: string) => Buffer.from(text, 'base64');
const ED25519_PREFIX_BYTES = 12;

function logOf(vectors: Vectors, folder: string): Entry['log'] {
  const root = vectors.files(folder).find((path) => path.endsWith('trusted_root.json'));
  if (root === undefined) return undefined;
  const log = vectors.json<TrustedRoot>(root).tlogs.find(({ baseUrl }) => baseUrl.includes('log2025'));
  if (!log) return undefined;
  const origin = new URL(log.baseUrl).host;
  const publicKey = base64(log.publicKey.rawBytes).subarray(ED25519_PREFIX_BYTES);
  const id = base64(log.logId.keyId).subarray(0, 4).toString('hex');
  const encoded = Buffer.concat([Uint8Array.of(1), publicKey]).toString('base64');
  // Reading the key checks that the id that they published is the one that follows from name and bytes.
  return { origin, key: parseVerifierKey(`${origin}+${id}+${encoded}`) };
}

function entriesOf(vectors: Vectors): readonly Entry[] {
  const bundles = vectors.files('sigstore-conformance').filter((path) => path.endsWith('bundle.sigstore.json'));
  return bundles.map((path) => {
    const folder = path.slice(0, path.lastIndexOf('/'));
    const [entry] = vectors.json<Bundle>(path).verificationMaterial.tlogEntries;
    return {
      name: folder.replace('sigstore-conformance/', ''),
      leaf: base64(entry!.canonicalizedBody),
      proof: entry!.inclusionProof,
      log: logOf(vectors, folder),
      good: !folder.endsWith('_fail'),
    };
  });
}

const ownKey = newSigningKey('example.test/log', 'ed25519', new Uint8Array(32).fill(5));
const ownLeaf = Buffer.from('leaf');
const ownEntry: Entry = {
  name: 'own',
  leaf: ownLeaf,
  proof: {
    logIndex: '0',
    hashes: [],
    treeSize: '1',
    rootHash: Buffer.from(rootOf([leafHash(ownLeaf)])).toString('base64'),
    checkpoint: {
      envelope: signNote(formatCheckpoint({ origin: ownKey.name, size: 1, root: rootOf([leafHash(ownLeaf)]) }), [
        ownKey,
      ]),
    },
  },
  log: { origin: ownKey.name, key: parseVerifierKey(formatVerifierKey(ownKey)) },
  good: true,
};
const own: readonly Entry[] = [ownEntry, { ...ownEntry, leaf: Buffer.from('other'), good: false }];

function includes({ leaf, proof }: Entry, checkpoint: { readonly size: number; readonly root: Uint8Array }): boolean {
  return isIncluded({
    index: Number(proof!.logIndex),
    size: checkpoint.size,
    leafHash: leafHash(leaf),
    proof: proof!.hashes.map(base64),
    root: checkpoint.root,
  });
}

const hasCheckpoint = ({ proof }: Entry) => proof?.checkpoint !== undefined;
const noteOf = ({ proof }: Entry) => proof!.checkpoint!.envelope;

/** Bundles of a log with an Ed25519 key: all is checked. */
const ed25519: VectorSet<Entry> = {
  name: 'sigstore ed25519 checkpoints',
  count: 11,
  read: (vectors) => entriesOf(vectors).filter((entry) => hasCheckpoint(entry) && entry.log !== undefined),
  own,
};

/** Bundles of a log with an ECDSA key, which no log of ours has: what is left is whether checkpoint and inclusion proof fit. */
const ecdsa: VectorSet<Entry> = {
  name: 'sigstore ecdsa checkpoints, inclusion only',
  count: 4,
  read: (vectors) => entriesOf(vectors).filter((entry) => hasCheckpoint(entry) && entry.log === undefined),
  // Their inclusion proofs are right; what is wrong is the signature that is not looked at.
  differing: ['checkpoint-bad-keyhint_fail', 'invalid-checkpoint-signature_fail'],
  own,
};

/** A bundle without checkpoint says itself what size and root are. */
const unsigned: VectorSet<Entry> = {
  name: 'sigstore proofs without checkpoint',
  count: 1,
  read: (vectors) => entriesOf(vectors).filter((entry) => entry.proof !== undefined && !hasCheckpoint(entry)),
  own,
};

describe('published bundles', () => {
  it('of a log with an Ed25519 key are accepted and refused as their authors do', async () => {
    const agrees = (entry: Entry) => {
      const { origin, key } = entry.log!;
      const accepted =
        isAccepted(() => openCheckpoint(noteOf(entry), origin, [key])) &&
        includes(entry, openCheckpoint(noteOf(entry), origin, [key]));
      return accepted === entry.good;
    };
    const { is, due } = await tryAll(ed25519, agrees, ({ name }) => name);
    expect(is).toEqual(due);
  });

  it('of a log with an ECDSA key hold checkpoints and proofs that are judged as their authors do', async () => {
    const agrees = (entry: Entry) => includes(entry, parseCheckpoint(parseNote(noteOf(entry)).text)) === entry.good;
    const { is, due } = await tryAll(ecdsa, agrees, ({ name }) => name);
    expect(is).toEqual(due);
  });

  it('without checkpoint hold proofs that are judged as their authors do', async () => {
    const agrees = (entry: Entry) => {
      const { treeSize, rootHash } = entry.proof!;
      return includes(entry, { size: Number(treeSize), root: base64(rootHash) }) === entry.good;
    };
    const { is, due } = await tryAll(unsigned, agrees, ({ name }) => name);
    expect(is).toEqual(due);
  });

  it('of a log with an ECDSA key are refused as signed by no key that is known', async () => {
    const set = { ...ecdsa, name: 'sigstore ecdsa checkpoints, refused without a key', differing: [] };
    const agrees = (entry: Entry) => {
      const key = newSigningKey('rekor.sigstore.dev', 'ed25519', new Uint8Array(32));
      return !isAccepted(() => openCheckpoint(noteOf(entry), parseNote(noteOf(entry)).text.split('\n')[0]!, [key]));
    };
    const { is, due } = await tryAll(set, agrees, ({ name }) => name);
    expect(is).toEqual(due);
  });
});
