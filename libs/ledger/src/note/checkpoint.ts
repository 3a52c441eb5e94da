import { HASH_BYTES } from '../chain.ts';
import { decodeBase64, decodeDecimal, encodeBase64, isCount } from '../encoding.ts';
import type { VerifierKey } from './keys.ts';
import { openNote } from './note.ts';

/** What a log says of itself: its name, the number of its leaves, and the root of the tree over them. */
export type Checkpoint = { readonly origin: string; readonly size: number; readonly root: Uint8Array };

export type CheckpointErrorCode = 'CHECKPOINT_MALFORMED' | 'ORIGIN_MISMATCH' | 'NOT_SIGNED_BY_LOG';

/** A text that is not a checkpoint, or not one of the log that was expected. */
export class CheckpointError extends Error {
  readonly code: CheckpointErrorCode;

  constructor(code: CheckpointErrorCode, message: string) {
    super(message);
    this.name = 'CheckpointError';
    this.code = code;
  }
}

/** The text of a checkpoint, ready to be signed (C2SP tlog-checkpoint). Throws CheckpointError CHECKPOINT_MALFORMED for what cannot be written. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  if (origin === '' || /[\u0000-\u001f]/.test(origin) || !origin.isWellFormed())
    throw malformed('an origin is a line that is not empty');
  if (!isCount(size)) throw malformed(`a size is a whole number from 0 to 2^53-1, not ${size}`);
  if (root.length !== HASH_BYTES) throw malformed(`a root has ${HASH_BYTES} bytes, not ${root.length}`);
  return `${origin}\n${size}\n${encodeBase64(root)}\n`;
}

/**
 * Reads the text of a checkpoint; `extensions` are the lines after the root, which mean nothing here. Throws CheckpointError CHECKPOINT_MALFORMED.
 * The text MUST come from a note whose signature was checked: {@link openCheckpoint} does both.
 */
export function parseCheckpoint(text: string): Checkpoint & { readonly extensions: readonly string[] } {
  if (!text.endsWith('\n')) throw malformed('the last line does not end');
  const lines = text.slice(0, -1).split('\n');
  if (lines.includes('')) throw malformed('a line is empty');
  const [origin, sizeText, rootText, ...extensions] = lines;
  if (origin === undefined || sizeText === undefined || rootText === undefined)
    throw malformed('it has fewer than three lines');
  const size = decodeDecimal(sizeText);
  if (size === undefined)
    throw malformed('its second line is not a number from 0 to 2^53-1 in digits without leading zeros');
  const root = decodeBase64(rootText);
  if (root?.length !== HASH_BYTES) throw malformed(`its third line is not base64 of ${HASH_BYTES} bytes`);
  return { origin, size, root, extensions };
}

/**
 * Opens the signed checkpoint of a log: the note is well-formed, every signature of a known key is right, a key of the log (`ed25519`) is among them,
 * and the first line is `origin`. Throws NoteError as {@link openNote} does, or CheckpointError.
 * @param keys keys of the log, and of the witnesses that the caller cares for; `verified` says which of them signed
 */
export function openCheckpoint(
  note: string,
  origin: string,
  keys: readonly VerifierKey[],
): Checkpoint & { readonly verified: readonly VerifierKey[] } {
  const { text, verified } = openNote(note, keys);
  const checkpoint = parseCheckpoint(text);
  if (checkpoint.origin !== origin)
    throw new CheckpointError('ORIGIN_MISMATCH', `a checkpoint of ${checkpoint.origin}, not of ${origin}`);
  // A witness vouches for what it saw; only the log can say what the log is.
  if (!verified.some(({ algorithm }) => algorithm === 'ed25519'))
    throw new CheckpointError(
      'NOT_SIGNED_BY_LOG',
      `witnesses signed the checkpoint of ${origin}, the log itself did not`,
    );
  return { origin, size: checkpoint.size, root: checkpoint.root, verified };
}

function malformed(why: string): CheckpointError {
  return new CheckpointError('CHECKPOINT_MALFORMED', `not a checkpoint: ${why}`);
}
