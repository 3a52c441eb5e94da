import { HASH_BYTES, leafHash, sha256, toHex } from '../chain.ts';
import { tryAll, type VectorSet, type Vectors } from '../vectors.features.ts';
import { isConsistent, isIncluded } from './proofs.ts';
import { EMPTY_ROOT, rootOf } from './tree-hash.ts';

const base64 = (text: string) => Buffer.from(text, 'base64');
const encode = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const all = (folder: string) => (vectors: Vectors) =>
  vectors.files(folder).map((path) => ({ path, ...vectors.json<object>(path) })) as never[];
const leaf = encode(leafHash(new Uint8Array()));
const other = encode(EMPTY_ROOT);

type Roots = { readonly leafInputsHex: readonly string[]; readonly rootHashesBySize: readonly string[] };
type Root = { readonly leaves: readonly string[]; readonly root: string };
const roots: VectorSet<Root> = {
  name: 'rfc6962 roots',
  count: 9,
  read: (vectors) => {
    const { leafInputsHex, rootHashesBySize } = vectors.json<Roots>('rfc6962-constants.json');
    return rootHashesBySize.map((root, size) => ({ leaves: leafInputsHex.slice(0, size), root }));
  },
  own: [{ leaves: [], root: toHex(EMPTY_ROOT) }],
};

type Inclusion = {
  readonly path: string;
  readonly leafIdx: number;
  readonly treeSize: number;
  readonly root: string;
  readonly leafHash: string;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
};
const single = { path: 'own', leafIdx: 0, treeSize: 1, leafHash: leaf, proof: null };
const inclusion: VectorSet<Inclusion> = {
  name: 'merkle/inclusion',
  count: 98,
  read: all('merkle/testdata/inclusion'),
  own: [
    { ...single, root: leaf, wantErr: false },
    { ...single, root: other, wantErr: true },
  ],
};
const inclusionAgrees = (one: Inclusion) =>
  one.wantErr !==
  isIncluded({
    index: one.leafIdx,
    size: one.treeSize,
    leafHash: base64(one.leafHash),
    proof: (one.proof ?? []).map(base64),
    root: base64(one.root),
  });

type Consistency = {
  readonly path: string;
  readonly size1: number;
  readonly size2: number;
  readonly root1: string;
  readonly root2: string;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
};
const same = { path: 'own', size1: 1, size2: 1, root1: leaf, proof: [] };
const consistency: VectorSet<Consistency> = {
  name: 'merkle/consistency',
  count: 98,
  read: all('merkle/testdata/consistency'),
  own: [
    { ...same, root2: leaf, wantErr: false },
    { ...same, root2: other, wantErr: true },
  ],
  differing: ['consistency/additional/sizes-are-equal-one-and-proof-is-empty.json'],
};
const consistencyAgrees = (one: Consistency) =>
  one.wantErr !==
  isConsistent({
    fromSize: one.size1,
    fromRoot: base64(one.root1),
    toSize: one.size2,
    toRoot: base64(one.root2),
    proof: (one.proof ?? []).map(base64),
  });

/** Subtrees that begin at 0 are trees; the other probes are about subtrees that no proof of ours speaks of. */
type Subtree = { readonly start: number; readonly end: number };
const fromZero = <Case extends Subtree>({ start }: Case) => start === 0;
type SubtreeInclusion = Omit<Inclusion, 'treeSize'> & Subtree;
const subtreeInclusion: VectorSet<Inclusion> = {
  name: 'merkle/subtreeinclusion from 0',
  count: 101,
  read: (vectors) =>
    (all('merkle/testdata/subtreeinclusion')(vectors) as SubtreeInclusion[])
      .filter(fromZero)
      .map(({ end, ...rest }) => ({ ...rest, treeSize: end })),
  own: inclusion.own,
};
type SubtreeConsistency = Omit<Consistency, 'size1' | 'size2'> & Subtree & { readonly size: number };
const subtreeConsistency: VectorSet<Consistency> = {
  name: 'merkle/subtreeconsistency from 0',
  count: 102,
  read: (vectors) =>
    (all('merkle/testdata/subtreeconsistency')(vectors) as SubtreeConsistency[])
      .filter(fromZero)
      .map(({ end, size, ...rest }) => ({ ...rest, size1: end, size2: size })),
  own: consistency.own,
  differing: [
    'subtreeconsistency/additional/sizes-are-equal-one-and-proof-is-empty.json',
    'subtreeconsistency/additional/subtree-is-empty-sizes-are-equal-zero-subtree-root-valid-tree-root-random-proof-is-empty.json',
  ],
};

/** The authors write «don't care» where a root plays no part; no root of ours is a text of 12 bytes. */
const withHashes = (one: Consistency): Consistency => ({ ...one, root1: asHash(one.root1), root2: asHash(one.root2) });
const asHash = (root: string) => (base64(root).length === HASH_BYTES ? root : encode(sha256(base64(root))));

const pathOf = ({ path }: { readonly path: string }) => path.replace('merkle/testdata/', '');

describe('published trees and proofs', () => {
  it('have the roots that RFC 6962 gives them', async () => {
    const agrees = ({ leaves, root }: Root) =>
      toHex(rootOf(leaves.map((text) => leafHash(Buffer.from(text, 'hex'))))) === root;
    const { is, due } = await tryAll(roots, agrees, ({ root }) => root);
    expect(is).toEqual(due);
  });

  it('of inclusion are judged as their authors do', async () => {
    const { is, due } = await tryAll(inclusion, inclusionAgrees, pathOf);
    expect(is).toEqual(due);
  });

  it('of consistency are judged as their authors do, except for roots that are no hashes', async () => {
    const { is, due } = await tryAll(consistency, consistencyAgrees, pathOf);
    expect(is).toEqual(due);
  });

  it('of consistency whose roots are hashes are judged as their authors do, except for the empty proof from size 0', async () => {
    const set = {
      ...consistency,
      name: 'merkle/consistency with hashes for roots',
      differing: ['consistency/additional/size1-is-zero-and-size2-is-not-zero.json'],
    };
    const { is, due } = await tryAll(set, (one) => consistencyAgrees(withHashes(one)), pathOf);
    expect(is).toEqual(due);
  });

  it('of inclusion in a subtree from 0 are judged as those in a tree', async () => {
    const { is, due } = await tryAll(subtreeInclusion, inclusionAgrees, pathOf);
    expect(is).toEqual(due);
  });

  it('of consistency of a subtree from 0 are judged as those of a tree, except for roots that are no hashes or differ at size 0', async () => {
    const { is, due } = await tryAll(subtreeConsistency, consistencyAgrees, pathOf);
    expect(is).toEqual(due);
  });
});
