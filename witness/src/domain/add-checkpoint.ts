import {
  EMPTY_ROOT,
  isConsistent,
  openNote,
  parseAddCheckpoint,
  parseCheckpoint,
  parseNote,
  sameBytes,
  type AddCheckpoint,
  type Checkpoint,
} from '@causeway/ledger';
import type { TrustedLogs } from './trusted-logs.ts';

/** The newest tree of a log that was cosigned. */
export type Seen = { readonly size: number; readonly root: Uint8Array };

/** What is known of a log that was never cosigned. */
export const NOTHING_SEEN: Seen = { size: 0, root: EMPTY_ROOT };

/** A checkpoint that a key of its log signed, and the claim that it continues the tree of `oldSize`. */
export type Submission = {
  readonly checkpoint: Checkpoint;
  readonly oldSize: number;
  readonly proof: readonly Uint8Array[];
  /** The signed note as it came. */
  readonly note: string;
  /** The text of the note: what is cosigned. */
  readonly text: string;
};

/**
 * Why nothing is cosigned. `stale`: the log does not know what was cosigned last. `forked`: the log signed two trees of one size, which no honest log
 * does. Each has its HTTP status in C2SP tlog-witness.
 */
export type Refusal = {
  readonly reason: 'malformed' | 'unknown log' | 'not signed' | 'stale' | 'forked' | 'inconsistent';
  readonly detail: string;
};

export type Read =
  { readonly ok: true; readonly submission: Submission } | { readonly ok: false; readonly refusal: Refusal };
export type Decision = { readonly ok: true; readonly seen: Seen } | { readonly ok: false; readonly refusal: Refusal };

const refuse = (reason: Refusal['reason'], detail: string): { readonly ok: false; readonly refusal: Refusal } => ({
  ok: false,
  refusal: { reason, detail },
});

const detailOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Reads the body of an add-checkpoint request (C2SP tlog-witness) and checks who signed. Never throws. */
export function readSubmission(body: string, logs: TrustedLogs): Read {
  const parsed = parse(body);
  if (typeof parsed === 'string') return refuse('malformed', parsed);
  const { request, text, checkpoint } = parsed;
  const keys = logs.get(checkpoint.origin);
  if (!keys) return refuse('unknown log', `no log ${checkpoint.origin} is witnessed here; its operator has to ask`);
  try {
    openNote(request.note, keys);
  } catch (error) {
    return refuse('not signed', detailOf(error));
  }
  if (request.oldSize > checkpoint.size)
    return refuse(
      'malformed',
      `the old size ${request.oldSize} is above the size of the checkpoint, ${checkpoint.size}`,
    );
  return { ok: true, submission: { ...request, text, checkpoint } };
}

type Parsed = { readonly request: AddCheckpoint; readonly text: string; readonly checkpoint: Checkpoint };

/** The parts of a body, or what is wrong with it. */
function parse(body: string): Parsed | string {
  try {
    const request = parseAddCheckpoint(body);
    const { text } = parseNote(request.note);
    const { origin, size, root } = parseCheckpoint(text);
    return { request, text, checkpoint: { origin, size, root } };
  } catch (error) {
    return detailOf(error);
  }
}

/**
 * Whether a checkpoint may be cosigned when `seen` was the last one (C2SP tlog-witness): it continues exactly that tree, and the proof shows it. What
 * is cosigned becomes the next `seen`, which MUST be kept before the cosignature is given away.
 */
export function decide({ checkpoint, oldSize, proof }: Submission, seen: Seen): Decision {
  const { size, root } = checkpoint;
  if (oldSize !== seen.size)
    return refuse('stale', `the last checkpoint that was cosigned has size ${seen.size}, not ${oldSize}`);
  if (size === seen.size && !sameBytes(root, seen.root))
    return refuse('forked', `another tree of size ${size} was cosigned before: the log shows two histories`);
  const continues = isConsistent({ fromSize: seen.size, fromRoot: seen.root, toSize: size, toRoot: root, proof });
  if (!continues)
    return refuse('inconsistent', `the proof does not show that size ${size} continues size ${seen.size}`);
  return { ok: true, seen: { size, root } };
}
