import { hash } from 'node:crypto';
import type { Actor } from '@causeway/contracts';
import {
  canonicalJson,
  chainHashHex,
  decodeLeaf,
  leafHashHex,
  toHex,
  type Leaf,
  type StoredRecord,
} from '@causeway/ledger';
import { contentOf } from '../append/prepare.ts';
import type { HeadOfLog } from '../append/seal.ts';
import type { WrittenBatch } from '../append/written-batch.ts';

/** What one statement writes at most. */
const MAX_EVENTS = 1_000;
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Records of a log as batches to be written after `from`, as if each event had been appended alone: which of them came together is not in the log. So a
 * request of one event that is sent again gets its answer, and one of several is refused as EVENT_ID_REUSED. Throws LeafError for a leaf that is none.
 */
export function* recordBatches(records: readonly StoredRecord[], from: HeadOfLog): Generator<WrittenBatch> {
  let start = from;
  for (const part of parts(records)) {
    const batch = batchOf(part, start);
    yield batch;
    start = batch.to;
  }
}

function* parts(records: readonly StoredRecord[]): Generator<readonly StoredRecord[]> {
  let part: StoredRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    part.push(record);
    bytes += record.leaf.length + (record.data?.length ?? 0);
    if (part.length < MAX_EVENTS && bytes < MAX_BYTES) continue;
    yield part;
    [part, bytes] = [[], 0];
  }
  if (part.length > 0) yield part;
}

function batchOf(records: readonly StoredRecord[], from: HeadOfLog): WrittenBatch {
  let chain = toHex(from.chain);
  const sealed = records.map((record) => {
    const leaf = decodeLeaf(record.leaf);
    const leafHash = leafHashHex(record.leaf);
    chain = chainHashHex(chain, leafHash);
    const event = { id: leaf.id, stream: leaf.stream, type: leaf.type, scope: leaf.meta.scope, ...besideOf(record) };
    const written = { position: record.position, version: leaf.ver, leaf: record.leaf, leafHash, chain, event };
    return {
      written,
      append: { appendId: leaf.id, contentHash: contentHashOf({ leaf, leafHash, data: record.data }), events: [leaf] },
    };
  });
  return {
    events: sealed.map(({ written }) => written),
    appends: sealed.map(({ append }) => append),
    from,
    to: { nextPosition: from.nextPosition + records.length, chain: Buffer.from(chain, 'hex') },
  };
}

type ToldEvent = { readonly leaf: Leaf; readonly leafHash: string; readonly data: Uint8Array | undefined };

const besideOf = ({ salt, data }: StoredRecord) => (salt && data ? { beside: { salt, bytes: data } } : {});

/** The digest of an append of this event alone. Data that was erased cannot be compared with any more: then it is that of no append. */
function contentHashOf({ leaf, leafHash, data }: ToldEvent): string {
  if ('hash' in leaf.data && !data) return leafHash;
  const { id, stream, type, corr: correlationId, cause: causationId } = leaf;
  const said = { id, stream, type, scope: leaf.meta.scope, actor: leaf.actor as Actor, correlationId, causationId };
  const kept = 'inline' in leaf.data ? canonicalJson(leaf.data.inline) : '';
  return hash('sha256', contentOf(said, { kept, taken: data ? Buffer.from(data).toString() : '' }), 'hex');
}
