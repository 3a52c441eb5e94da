import { cosignedAt } from '../note/cosignature.ts';
import { CheckpointError, parseCheckpoint, type Checkpoint } from '../note/checkpoint.ts';
import type { VerifierKey } from '../note/keys.ts';
import { NoteError } from '../note/note-error.ts';
import { openNote, parseNote, type Note, type Signature } from '../note/note.ts';
import type { FindingCode, LogFinding } from '../verify.ts';

/** Whose signatures count: keys of the log (`ed25519`), and of witnesses (`cosignature-v1`). */
export type TrustedKeys = { readonly log: readonly VerifierKey[]; readonly witnesses: readonly VerifierKey[] };

export type Cosignature = { readonly witness: string; readonly atS: number };

/** A checkpoint and who stands behind it. */
export type Statement = Checkpoint & {
  readonly signedBy: readonly VerifierKey[];
  readonly cosignatures: readonly Cosignature[];
  /** Names in signature lines of which no key is known. */
  readonly unknown: readonly string[];
};

export type ReadStatement = {
  /** Undefined when the note is no checkpoint of this log. */
  readonly statement?: Statement;
  readonly findings: readonly LogFinding[];
};

/**
 * Reads a signed checkpoint and says of every signature whose key is known whether it holds. One that does not is a finding, also beside others
 * that do; so is a checkpoint that no known key of the log signed. Never throws.
 */
export function readStatement(note: string, origin: string, keys: TrustedKeys): ReadStatement {
  const opened = open(note);
  if ('problem' in opened) return { findings: [finding('CHECKPOINT_MALFORMED', opened.problem)] };
  const { checkpoint, parsed } = opened;
  if (checkpoint.origin !== origin)
    return { findings: [finding('ORIGIN_MISMATCH', `it is a checkpoint of ${checkpoint.origin}, not of ${origin}`)] };
  const findings: LogFinding[] = [];
  const signedBy = keys.log.filter((key) => holds(note, key, (why) => findings.push(finding('SIGNATURE_WRONG', why))));
  const cosignatures = keys.witnesses.flatMap((key) => cosignatureOf(parsed, key, findings));
  if (signedBy.length === 0 && findings.length === 0) findings.push(unsigned(parsed, keys.log));
  const known = new Set([...keys.log, ...keys.witnesses].map(({ name, keyId }) => `${keyId} ${name}`));
  const unknown = parsed.signatures.filter(({ name, keyId }) => !known.has(`${keyId} ${name}`)).map(({ name }) => name);
  return { statement: { ...checkpoint, signedBy, cosignatures, unknown }, findings };
}

type Opened = { readonly checkpoint: Checkpoint; readonly parsed: Note } | { readonly problem: string };

function open(note: string): Opened {
  try {
    const parsed = parseNote(note);
    return { parsed, checkpoint: parseCheckpoint(parsed.text) };
  } catch (error) {
    if (error instanceof NoteError || error instanceof CheckpointError) return { problem: error.message };
    throw error;
  }
}

/** Whether this key signed; a line of this key that is not its signature is told, a missing line is not. */
function holds(note: string, key: VerifierKey, tell: (why: string) => void): boolean {
  try {
    openNote(note, [key]);
    return true;
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    if (error.code !== 'NOT_SIGNED_BY_KNOWN_KEY') tell(error.message);
    return false;
  }
}

function cosignatureOf(parsed: Note, key: VerifierKey, findings: LogFinding[]): readonly Cosignature[] {
  const line = parsed.signatures.find(({ name, keyId }) => name === key.name && keyId === key.keyId);
  if (!line) return [];
  const atS = cosignedAt(parsed.text, line, key);
  if (atS !== undefined) return [{ witness: key.name, atS }];
  findings.push(
    finding('COSIGNATURE_WRONG', `the line of the witness ${key.name} is not its signature of this checkpoint`),
  );
  return [];
}

function unsigned({ signatures }: Note, keys: readonly VerifierKey[]): LogFinding {
  const by = (lines: readonly Pick<Signature, 'name' | 'keyId'>[]): string =>
    lines.map(({ name, keyId }) => `${name} (key ${keyId.toString(16).padStart(8, '0')})`).join(', ');
  return finding('SIGNER_UNKNOWN', `it is signed by ${by(signatures)}; known of the log are ${by(keys) || 'no keys'}`);
}

/** Nothing that a wrong checkpoint says is proven, from the first event on. */
const finding = (code: FindingCode, detail: string): LogFinding => ({
  position: 0,
  code,
  detail,
  where: 'checkpoint',
});
