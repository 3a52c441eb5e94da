import { leafHash, toHex } from '../chain.ts';
import { nodeHash, rootOf } from '../merkle/tree-hash.ts';
import type { HashReader } from '../merkle/proofs.ts';
import { tryAll, type Vectors, type VectorSet } from '../vectors.features.ts';
import { tileHashReader } from './tile-reader.ts';
import { TILE_WIDTH, type TileId } from './tiles.ts';

/** A perfect subtree of a tree that another program stored, and a reader over the leaf hashes that it stored. */
type StoredNode = {
  readonly name: string;
  readonly level: number;
  readonly index: number;
  readonly hash: string;
  readonly read: HashReader;
};

const SIZES = [96, 871, 1000, 1024];
const STRATUM = /^prefix: "(.*)"$([^]*?)^internal_node_count/gm;
const LEAF_OR_NODE = /^(?:leaves|internal_nodes): \{\n {2}key: "(.*)"\n {2}value: "(.*)"\n\}$/gm;
const ESCAPE = /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|([nrt"\\]))|[^\\]/gu;
const LITERAL: { readonly [escape: string]: string } = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };
/** Bytes of the path of a leaf; trees are 64 levels high there, in strata of 8. */
const PATH_BYTES = 8;

/** The bytes of a string as the text format of protocol buffers writes them. */
function unescape(text: string): Buffer {
  const parts = [...text.matchAll(ESCAPE)].map(([all, byte, unit, letter]) => {
    if (byte !== undefined) return Buffer.from(byte, 'hex');
    if (unit !== undefined) return Buffer.from(String.fromCodePoint(Number.parseInt(unit, 16)));
    return Buffer.from(letter === undefined ? all : LITERAL[letter]!);
  });
  return Buffer.concat(parts);
}

function nodesOf(vectors: Vectors, size: number): readonly StoredNode[] {
  const leaves: Uint8Array[] = [];
  const nodes: Omit<StoredNode, 'read'>[] = [];
  for (const [, prefixText = '', body = ''] of vectors
    .text(`trillian/dump_tree_output_${size}.txt`)
    .matchAll(STRATUM)) {
    const prefix = unescape(prefixText);
    for (const [, key = '', value = ''] of body.matchAll(LEAF_OR_NODE)) {
      const [depth = 0, path = 0] = Buffer.from(key, 'base64');
      const top = prefix.reduce((sum, byte) => sum * 256 + byte, 0) * 256 + path;
      const level = 8 * (PATH_BYTES - prefix.length) - depth;
      const index = top >> (8 - depth);
      const hash = unescape(value);
      if (level === 0) leaves[index] = hash;
      else nodes.push({ name: `tree of ${size}: node ${index} at level ${level}`, level, index, hash: toHex(hash) });
    }
  }
  const read = tileHashReader(size, tilesOver(leaves));
  return nodes.map((node) => ({ ...node, read }));
}

/** The tiles of a tree of less than 65,536 leaves. */
function tilesOver(leaves: readonly Uint8Array[]) {
  const levels = [
    leaves,
    Array.from({ length: Math.floor(leaves.length / TILE_WIDTH) }, (_, i) =>
      rootOf(leaves.slice(i * TILE_WIDTH, (i + 1) * TILE_WIDTH)),
    ),
  ];
  return ({ level, index, width }: TileId) =>
    Promise.resolve(Buffer.concat(levels[level]!.slice(index * TILE_WIDTH, index * TILE_WIDTH + width)));
}

const ownLeaves = [Buffer.from('a'), Buffer.from('b')].map(leafHash);
const nodes: VectorSet<StoredNode> = {
  name: 'trillian tree nodes',
  count: 2975,
  read: (vectors) => SIZES.flatMap((size) => nodesOf(vectors, size)),
  own: [
    {
      name: 'own',
      level: 1,
      index: 0,
      hash: toHex(nodeHash(ownLeaves[0]!, ownLeaves[1]!)),
      read: tileHashReader(2, () => Promise.resolve(Buffer.concat(ownLeaves))),
    },
  ],
};

describe('trees that another program stored', () => {
  it('have the nodes that follow from their leaves', async () => {
    const agrees = async ({ level, index, hash, read }: StoredNode) => {
      const [computed] = await read([{ level, index }]);
      return toHex(computed!) === hash;
    };
    const { is, due } = await tryAll(nodes, agrees, ({ name }) => name);
    expect(is).toEqual(due);
  });
});
