import { z } from 'zod';
import { defineCommand, defineQuery } from '../define.ts';

const owner = 'audit-ledger';
const Hex = z.string().regex(/^[0-9a-f]{64}$/);
const Base64 = z.string();
const Size = z.int().min(0);

/** A signed statement of the log's size and root: a C2SP signed note, with a line for each key of the log and each witness. */
export const CheckpointView = z.strictObject({
  note: z.string(),
  size: Size,
  root: Hex,
  /** When it was signed, ISO 8601 in UTC. */
  signedAt: z.string(),
  /** Names of the witnesses whose cosignature it carries. */
  cosignedBy: z.array(z.string()),
});
export type CheckpointView = z.infer<typeof CheckpointView>;

/** The newest checkpoint, or the one of exactly this size. `minSize`: sign now, if need be, so that it covers this many events. */
export const getCheckpoint = defineQuery({
  owner,
  name: 'get-checkpoint',
  data: z.strictObject({ size: Size.optional(), minSize: Size.optional() }),
  reply: CheckpointView,
  rejections: ['CHECKPOINT_NOT_FOUND', 'LEDGER_UNAVAILABLE', 'LEDGER_ROLLED_BACK'],
});

/** A tile of hashes as C2SP tlog-tiles numbers them: `width` hashes of 32 bytes, joined; a full tile has 256. */
export const readTile = defineQuery({
  owner,
  name: 'read-tile',
  data: z.strictObject({ level: z.int().min(0).max(63), index: z.int().min(0), width: z.int().min(1).max(256) }),
  reply: z.strictObject({ hashes: Base64 }),
  rejections: ['TILE_NOT_FOUND', 'LEDGER_UNAVAILABLE'],
});

/** Leaves alone, without what stands beside them. A page ends early when its size nears what one message can carry. */
export const readLeaves = defineQuery({
  owner,
  name: 'read-leaves',
  data: z.strictObject({ fromPosition: Size, limit: z.int().min(1).max(256) }),
  reply: z.strictObject({ leaves: z.array(Base64), nextPosition: Size }),
  rejections: ['LEDGER_UNAVAILABLE', 'RANGE_ARCHIVED'],
});

/**
 * Proof that an event is in the tree of a checkpoint. Without `size` the newest checkpoint that holds the event, signed now if none does.
 * `tlogProof` is the whole as C2SP tlog-proof@v1 text.
 */
export const proveInclusion = defineQuery({
  owner,
  name: 'prove-inclusion',
  data: z.strictObject({ position: Size.optional(), eventId: z.uuid().optional(), size: Size.optional() }),
  reply: z.strictObject({
    position: Size,
    /** Left out for an event that is archived: then it is in the bundle, and `leafHash` is what is proven. */
    leaf: Base64.optional(),
    leafHash: Hex,
    proof: z.array(Base64),
    checkpoint: CheckpointView,
    tlogProof: z.string(),
  }),
  rejections: ['EVENT_NOT_FOUND', 'CHECKPOINT_NOT_FOUND', 'LEDGER_UNAVAILABLE', 'LEDGER_ROLLED_BACK'],
});

/** Proof that the tree of `toSize` begins with the tree of `fromSize`. From size 0, and between equal sizes, the proof is empty. */
export const proveConsistency = defineQuery({
  owner,
  name: 'prove-consistency',
  data: z.strictObject({ fromSize: Size, toSize: Size }),
  reply: z.strictObject({ fromRoot: Hex, toRoot: Hex, proof: z.array(Base64) }),
  rejections: ['CHECKPOINT_NOT_FOUND', 'LEDGER_UNAVAILABLE'],
});

export const LogKey = z.strictObject({
  /** Verifier key as C2SP signed-note writes it: name, key id, algorithm and public key. */
  vkey: z.string(),
  addedAt: z.string(),
  /** Absent while it signs. */
  retiredAt: z.string().optional(),
});
export const WitnessView = z.strictObject({
  name: z.string(),
  vkey: z.string(),
  /** Size of the newest checkpoint that it cosigned; 0 when none. */
  cosignedSize: Size,
  cosignedAt: z.string().optional(),
  /** Why its newest answer was no cosignature. */
  problem: z.string().optional(),
});
/** Whose signatures to expect: the log's keys, old ones too, and its witnesses. Compare with what was learned elsewhere. */
export const getLogKeys = defineQuery({
  owner,
  name: 'get-log-keys',
  data: z.strictObject({}),
  reply: z.strictObject({ origin: z.string(), keys: z.array(LogKey), witnesses: z.array(WitnessView) }),
  rejections: ['LEDGER_UNAVAILABLE'],
});

const KeyReason = z.string().min(1).max(1000);
/** Makes a new key, which signs beside the old ones from now on. */
export const addSigningKey = defineCommand({
  owner,
  name: 'add-signing-key',
  data: z.strictObject({ reason: KeyReason }),
  reply: z.strictObject({ vkey: z.string(), position: Size }),
  rejections: ['LEDGER_UNAVAILABLE', 'LEDGER_NOT_LEADER', 'LEDGER_ROLLED_BACK'],
});
/** Ends a key: it signs no more. The last key cannot be retired. */
export const retireSigningKey = defineCommand({
  owner,
  name: 'retire-signing-key',
  data: z.strictObject({ vkey: z.string(), reason: KeyReason }),
  reply: z.strictObject({ position: Size }),
  rejections: ['SIGNING_KEY_REFUSED', 'LEDGER_UNAVAILABLE', 'LEDGER_NOT_LEADER', 'LEDGER_ROLLED_BACK'],
});
