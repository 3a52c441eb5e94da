import { assertLedgerData, canonicalJson, type JsonValue } from './canonical-json.ts';
import { isCanonicalText } from './canonical-text.ts';
import { sha256, toHex } from './chain.ts';
import { leafProblem } from './leaf-shape.ts';

/** Most bytes of a leaf: entry bundles of C2SP tlog-tiles count an entry's length in 16 bits. */
export const MAX_LEAF_BYTES = 65_535;
/** Bytes of the salt in a data commitment. */
export const SALT_BYTES = 32;

/** What stands in a leaf for data that can be erased: a salted digest of the data's canonical form and its length in bytes. */
export type DataCommitment = { readonly alg: 'sha256'; readonly hash: string; readonly len: number };
type InlineData = { readonly inline: JsonValue };
/**
 * The data of an event in its leaf: in line; or in line as far as it decides, with a commitment to the members that can be erased; or, as
 * earlier versions sealed it, a commitment to all of it.
 */
export type LeafData = InlineData | (InlineData & DataCommitment) | DataCommitment;

/**
 * The envelope of an event, version 1. `pos` counts from 0 within the log, `ver` from 1 within the stream; `prev` is the chain value before
 * this leaf in hexadecimal; `meta.scope` is what the event belongs to.
 */
export type Leaf = {
  readonly v: 1;
  readonly log: string;
  readonly pos: number;
  readonly prev: string;
  readonly id: string;
  readonly stream: string;
  readonly ver: number;
  readonly type: string;
  readonly time: string;
  readonly actor: { readonly kind: string; readonly id: string };
  readonly corr?: string;
  readonly cause?: string;
  readonly schema: number;
  readonly data: LeafData;
  readonly meta: { readonly scope: string };
};
export type LeafEnvelope = Omit<Leaf, 'data'>;

export type LeafErrorCode = 'LEAF_TOO_LARGE' | 'LEAF_NOT_JSON' | 'LEAF_SHAPE_WRONG' | 'LEAF_NOT_CANONICAL';

/** Bytes that are not a leaf, or an event that does not fit into one. */
export class LeafError extends Error {
  readonly code: LeafErrorCode;

  constructor(code: LeafErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'LeafError';
    this.code = code;
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const DATA_PREFIX = encoder.encode('ledger.data.v1\n');

/**
 * The commitment to data that is kept beside the leaf: SHA-256("ledger.data.v1\n" || salt || data).
 * @param salt exactly 32 random bytes, so that short data cannot be guessed from its digest; RangeError otherwise
 * @param data the bytes of the data's canonical JSON
 */
export function dataCommitment(salt: Uint8Array, data: Uint8Array): DataCommitment {
  if (salt.length !== SALT_BYTES) throw new RangeError(`a salt has ${SALT_BYTES} bytes, not ${salt.length}`);
  return { alg: 'sha256', hash: toHex(sha256(DATA_PREFIX, salt, data)), len: data.length };
}

/** The canonical JSON of the `data` member of a leaf. */
export function leafDataJson(data: LeafData): string {
  if (!('inline' in data)) return canonicalJson(data);
  return inlineDataJson(canonicalJson(data.inline), 'hash' in data ? data : undefined);
}

/** The canonical JSON of the `data` member, given the canonical JSON of what is in line and the commitment to what is beside, if anything is. */
export function inlineDataJson(canonical: string, beside?: DataCommitment): string {
  if (beside === undefined) return `{"inline":${canonical}}`;
  return `{"alg":"${beside.alg}","hash":"${beside.hash}","inline":${canonical},"len":${beside.len}}`;
}

/** The bytes of a leaf: its canonical JSON (RFC 8785). Throws LeafError LEAF_TOO_LARGE above {@link MAX_LEAF_BYTES}. */
export function encodeLeaf(leaf: Leaf): Uint8Array {
  return encodeLeafAround(leaf, leafDataJson(leaf.data));
}

/** {@link encodeLeaf} for a writer that has the canonical JSON of the `data` member at hand. */
export function encodeLeafAround(leaf: LeafEnvelope, dataJson: string): Uint8Array {
  const text = (value: string) => canonicalJson(value);
  // Members in canonical order; writing them out costs a fifth of what sorting them for every event does.
  const json =
    `{"actor":{"id":${text(leaf.actor.id)},"kind":${text(leaf.actor.kind)}}` +
    (leaf.cause === undefined ? '' : `,"cause":${text(leaf.cause)}`) +
    (leaf.corr === undefined ? '' : `,"corr":${text(leaf.corr)}`) +
    `,"data":${dataJson},"id":${text(leaf.id)},"log":${text(leaf.log)},"meta":{"scope":${text(leaf.meta.scope)}}` +
    `,"pos":${leaf.pos},"prev":${text(leaf.prev)},"schema":${leaf.schema},"stream":${text(leaf.stream)}` +
    `,"time":${text(leaf.time)},"type":${text(leaf.type)},"v":1,"ver":${leaf.ver}}`;
  const bytes = encoder.encode(json);
  if (bytes.length > MAX_LEAF_BYTES) {
    throw new LeafError(
      'LEAF_TOO_LARGE',
      `the event makes a leaf of ${bytes.length} bytes, the most is ${MAX_LEAF_BYTES}; keep large content elsewhere and refer to it`,
    );
  }
  return bytes;
}

/** Reads a leaf. Throws {@link LeafError} unless the bytes are exactly what {@link encodeLeaf} makes of the leaf that they say. */
export function decodeLeaf(bytes: Uint8Array): Leaf {
  if (bytes.length > MAX_LEAF_BYTES) throw new LeafError('LEAF_TOO_LARGE', `a leaf of ${bytes.length} bytes`);
  const text = textOf(bytes);
  const value = parse(text);
  const problem = leafProblem(value);
  if (problem !== undefined) throw new LeafError('LEAF_SHAPE_WRONG', problem);
  const leaf = value as Leaf;
  refuseForeignData(leaf);
  if (!isCanonicalText(text, leaf))
    throw new LeafError('LEAF_NOT_CANONICAL', 'the bytes are not the canonical form of what they say');
  return leaf;
}

/** The text of the bytes; what is not UTF-8 comes out as a text that they are not the bytes of, or is refused. */
function textOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return text.includes('\ufffd') ? strictTextOf(bytes) : text;
}

function strictTextOf(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw notJson(cause);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw notJson(cause);
  }
}

const notJson = (cause: unknown): LeafError =>
  new LeafError('LEAF_NOT_JSON', 'the bytes are not JSON in UTF-8', { cause });

function refuseForeignData(leaf: Leaf): void {
  if (!('inline' in leaf.data)) return;
  try {
    assertLedgerData(leaf.data.inline);
  } catch (cause) {
    throw new LeafError('LEAF_SHAPE_WRONG', `data: ${String(cause)}`, { cause });
  }
}
