import type {
  DataOf,
  getCheckpoint,
  getLogKeys,
  MessageContract,
  proveConsistency,
  proveInclusion,
  readLeaves,
  readTile,
  ReplyEnvelope,
  ReplyOf,
} from '@causeway/contracts';
import { consistencyProof, formatTlogProof, inclusionProof, toHex, treeRoot } from '@causeway/ledger';
import { ok, rejected } from '@causeway/messaging';
import type { Pool } from '@causeway/postgres';
import { answering } from '../read/answers.ts';
import { readHead } from '../read/log.queries.ts';
import { PAGE_BYTES } from '../read/pages.ts';
import { checkpointOfSize, newestCheckpoint, newestSize, type StoredCheckpoint } from '../sign/checkpoints.queries.ts';
import type { StoredTree } from '../tree/stored-tree.ts';
import { findLeaf, readLeafPage, type SealedLeaf } from './events.queries.ts';
import { checkpointView } from './views.ts';

type Reply<C extends MessageContract> = Promise<ReplyEnvelope<ReplyOf<C>>>;

/** What can be asked of the tree; any replica answers. */
export type Proofs = {
  readonly checkpoint: (data: DataOf<typeof getCheckpoint>) => Reply<typeof getCheckpoint>;
  readonly tile: (data: DataOf<typeof readTile>) => Reply<typeof readTile>;
  readonly leaves: (data: DataOf<typeof readLeaves>) => Reply<typeof readLeaves>;
  readonly inclusion: (data: DataOf<typeof proveInclusion>) => Reply<typeof proveInclusion>;
  readonly consistency: (data: DataOf<typeof proveConsistency>) => Reply<typeof proveConsistency>;
  readonly keys: () => Reply<typeof getLogKeys>;
};

export type ProofsOptions = {
  readonly pool: Pool;
  readonly origin: string;
  readonly stored: StoredTree;
  /** Has a checkpoint of at least this size signed, by this replica or by waiting for the one that writes. False when that failed. */
  readonly demand: (size: number) => Promise<boolean>;
  /** Why nothing is signed; undefined while nothing is wrong. */
  readonly refusal: () => string | undefined;
  readonly logKeys: () => Promise<ReplyOf<typeof getLogKeys>>;
};

type Path = ReturnType<typeof inclusionProof>;

/** A level above this would need more leaves than positions can count. */
const MAX_LEVEL = 6;
const MAX_INDEX = 2 ** 44;

export function createProofs({ pool, origin, stored, demand, refusal, logKeys }: ProofsOptions): Proofs {
  /** The newest checkpoint of at least this size, signed now if there is none. `known`: the newest, where it was asked for already. */
  async function checkpointFrom(
    size: number,
    known = newestCheckpoint(pool),
  ): Promise<ReplyEnvelope<StoredCheckpoint>> {
    const newest = await known;
    if (newest && newest.size >= size) return ok(newest);
    const { nextPosition } = await readHead(pool, origin);
    if (nextPosition < size) return notFound(`the log has ${nextPosition} events, fewer than ${size}`);
    const isSigned = await demand(size);
    const signed = isSigned ? await newestCheckpoint(pool) : undefined;
    if (signed) return ok(signed);
    const why = refusal();
    return why === undefined
      ? rejected('LEDGER_UNAVAILABLE', `no checkpoint of ${size} events could be signed in time; ask again`)
      : rejected('LEDGER_ROLLED_BACK', why);
  }

  async function exactly(size: number, known = checkpointOfSize(pool, size)): Promise<ReplyEnvelope<StoredCheckpoint>> {
    const found = await known;
    return found ? ok(found) : notFound(`no checkpoint of exactly ${size} events was signed; leave size out`);
  }

  async function inclusion({ position, eventId, size }: DataOf<typeof proveInclusion>): Reply<typeof proveInclusion> {
    if (position === undefined && eventId === undefined)
      return rejected('REQUEST_INVALID', 'say which event: give position or eventId');
    const known = begun(size === undefined ? newestCheckpoint(pool) : checkpointOfSize(pool, size));
    const working = position !== undefined && size !== undefined ? begun(pathOf(position, size)) : undefined;
    const leaf = await findLeaf(pool, { position, eventId });
    if (!leaf) return rejected('EVENT_NOT_FOUND', `the log holds no such event (${eventId ?? `position ${position}`})`);
    const found = await (size === undefined ? checkpointFrom(leaf.position + 1, known) : exactly(size, known));
    return found.ok ? includedIn(found.value, leaf, working) : found;
  }

  /** `working`: the audit path, where making it has begun already. */
  async function includedIn(signed: StoredCheckpoint, { position, leaf, leafHash }: SealedLeaf, working?: Path) {
    const checkpoint = checkpointView(signed);
    if (checkpoint.size <= position)
      return notFound(`the checkpoint of ${checkpoint.size} events does not hold position ${position}; leave size out`);
    const proof = await (working ?? pathOf(position, checkpoint.size));
    return ok({
      ...{ position, leafHash: toHex(leafHash), proof: proof.map(base64), checkpoint },
      ...(leaf && { leaf: base64(leaf) }),
      tlogProof: formatTlogProof({ index: position, proof, checkpoint: checkpoint.note }),
    });
  }

  async function consistency({ fromSize, toSize }: DataOf<typeof proveConsistency>): Reply<typeof proveConsistency> {
    if (fromSize > toSize) return rejected('REQUEST_INVALID', `fromSize ${fromSize} is above toSize ${toSize}`);
    const working = begun(rootsAndProof(fromSize, toSize));
    const signed = await newestSize(pool);
    if (toSize > signed) return notFound(`the newest checkpoint has ${signed} events, fewer than ${toSize}`);
    const [fromRoot, toRoot, proof] = await working;
    return ok({ fromRoot: toHex(fromRoot), toRoot: toHex(toRoot), proof: proof.map(base64) });
  }

  const pathOf = (position: number, size: number) => inclusionProof(position, size, stored.hashes(size));

  /** Begun in one go, so that their tiles are one question. */
  function rootsAndProof(fromSize: number, toSize: number) {
    const hashes = stored.hashes(toSize);
    const roots = [treeRoot(fromSize, hashes), treeRoot(toSize, hashes)] as const;
    return Promise.all([...roots, consistencyProof(fromSize, toSize, hashes)]);
  }

  async function tile({ level, index, width }: DataOf<typeof readTile>): Reply<typeof readTile> {
    const isPossible = level <= MAX_LEVEL && index < MAX_INDEX;
    const hashes = isPossible ? await stored.tile({ level, index, width }) : undefined;
    if (hashes) return ok({ hashes: base64(hashes) });
    return rejected('TILE_NOT_FOUND', `the tree has no tile ${index} of level ${level} that is ${width} wide yet`);
  }

  async function leaves({ fromPosition, limit }: DataOf<typeof readLeaves>): Reply<typeof readLeaves> {
    const { nextPosition } = await readHead(pool, origin);
    const page = await readLeafPage(pool, { from: fromPosition, limit, maxBytes: PAGE_BYTES });
    return ok({ leaves: page.map(base64), nextPosition });
  }

  async function checkpoint({ size, minSize = 0 }: DataOf<typeof getCheckpoint>): Reply<typeof getCheckpoint> {
    if (size !== undefined && size < minSize) return notFound(`a checkpoint of ${size} events has not ${minSize}`);
    const found = await (size === undefined ? checkpointFrom(Math.max(1, minSize)) : exactly(size));
    return found.ok ? ok(checkpointView(found.value)) : found;
  }

  return {
    checkpoint: (data) => answering(() => checkpoint(data)),
    tile: (data) => answering(() => tile(data)),
    leaves: (data) => answering(() => leaves(data)),
    inclusion: (data) => answering(() => inclusion(data)),
    consistency: (data) => answering(() => consistency(data)),
    keys: () => answering(async () => ok(await logKeys())),
  };
}

/** Begun before it is known whether it is needed: should it fail and nobody wait for it, that is no error. */
function begun<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {});
  return work;
}

const notFound = (why: string) => rejected('CHECKPOINT_NOT_FOUND', why);
const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
