import { decodeBase64, encodeBase64 } from '../encoding.ts';
import { cosignedAt } from './cosignature.ts';
import { signEd25519, verifyEd25519 } from './ed25519.ts';
import { isKeyName, type SigningKey, type VerifierKey } from './keys.ts';
import { NoteError } from './note-error.ts';

/** A signature line: who says to have signed, and the bytes after the key id. */
export type Signature = { readonly name: string; readonly keyId: number; readonly bytes: Uint8Array };

/** Text that ends with a newline, and its signature lines in order. Nothing here says that a signature is right. */
export type Note = { readonly text: string; readonly signatures: readonly Signature[] };

/** A note of which at least one signature is right: `verified` are the keys that signed, `unverified` the lines of unknown keys. */
export type OpenedNote = {
  readonly text: string;
  readonly verified: readonly VerifierKey[];
  readonly unverified: readonly Signature[];
};

/** Most UTF-16 code units of a note that is read. */
export const MAX_NOTE_LENGTH = 1_000_000;
/** Most signature lines of a note that is read. */
export const MAX_NOTE_SIGNATURES = 100;

const KEY_ID_BYTES = 4;
const SIGNATURE_LINE = /^\u2014 ([^ ]+) ([^ ]+)$/;
const encoder = new TextEncoder();

/** Reads a signed note (C2SP signed-note) without checking a signature. Throws NoteError NOTE_MALFORMED. */
export function parseNote(note: string): Note {
  if (note.length > MAX_NOTE_LENGTH) throw malformed(`it is longer than ${MAX_NOTE_LENGTH} characters`);
  assertNoteCharacters(note);
  const blank = note.lastIndexOf('\n\n');
  if (blank < 0) throw malformed('no empty line parts the text from the signatures');
  return { text: note.slice(0, blank + 1), signatures: parseSignatureLines(note.slice(blank + 2)) };
}

/** Reads signature lines, one or more, each with its newline: what ends a note, and what a witness answers. Throws NoteError NOTE_MALFORMED. */
export function parseSignatureLines(text: string): readonly Signature[] {
  if (!text.endsWith('\n')) throw malformed('its signature lines do not end with a newline');
  const lines = text.slice(0, -1).split('\n');
  if (lines.length > MAX_NOTE_SIGNATURES) throw malformed(`it has more than ${MAX_NOTE_SIGNATURES} signatures`);
  return lines.map(parseSignature);
}

/** Writes what {@link parseNote} reads. Throws NoteError NOTE_MALFORMED when text or names cannot stand in a note, or nobody signed. */
export function formatNote({ text, signatures }: Note): string {
  if (!text.endsWith('\n')) throw malformed('its text does not end with a newline');
  if (signatures.length === 0) throw malformed('nobody signed it');
  assertNoteCharacters(text);
  return `${text}\n${signatures.map(formatSignature).join('')}`;
}

/** A signature line with its newline. Throws NoteError NOTE_MALFORMED for a name that cannot stand in it or a signature of no bytes. */
export function formatSignature({ name, keyId, bytes }: Signature): string {
  if (!isKeyName(name) || bytes.length === 0) throw malformed('a signature line has a name without spaces, and bytes');
  const encoded = new Uint8Array(KEY_ID_BYTES + bytes.length);
  new DataView(encoded.buffer).setUint32(0, keyId);
  encoded.set(bytes, KEY_ID_BYTES);
  return `\u2014 ${name} ${encodeBase64(encoded)}\n`;
}

/** Signs a text that ends with a newline with these keys, in order, which MUST be of the algorithm `ed25519`: a witness uses `cosign`. */
export function signNote(text: string, keys: readonly SigningKey[]): string {
  const message = encoder.encode(text);
  const signatures = keys.map(({ name, keyId, algorithm, seed }) => {
    if (algorithm !== 'ed25519') throw new NoteError('KEY_MALFORMED', `the key ${name} cosigns checkpoints, not notes`);
    return { name, keyId, bytes: signEd25519(message, seed) };
  });
  return formatNote({ text, signatures });
}

/**
 * Reads a note and checks its signatures with the keys that are known (C2SP signed-note). Throws NoteError NOTE_MALFORMED, KEY_AMBIGUOUS when two
 * keys share name and id, SIGNATURE_WRONG when a line of a known key does not verify, NOT_SIGNED_BY_KNOWN_KEY when no known key signed. Of lines
 * that repeat name and id the first counts.
 */
export function openNote(note: string, keys: readonly VerifierKey[]): OpenedNote {
  const known = byLine(keys);
  const { text, signatures } = parseNote(note);
  const seen = new Set<string>();
  const verified: VerifierKey[] = [];
  const unverified: Signature[] = [];
  for (const signature of signatures) {
    const line = lineOf(signature);
    if (seen.has(line)) continue;
    seen.add(line);
    const key = known.get(line);
    if (key === undefined) unverified.push(signature);
    else if (isSignedBy(text, signature, key)) verified.push(key);
    else throw new NoteError('SIGNATURE_WRONG', `the signature of ${key.name} is not that of this text`);
  }
  if (verified.length === 0)
    throw new NoteError(
      'NOT_SIGNED_BY_KNOWN_KEY',
      `signed by ${unverified.map(({ name }) => name).join(', ')}, of whom no key is known; get the key of the log from its owner`,
    );
  return { text, verified, unverified };
}

function isSignedBy(text: string, signature: Signature, key: VerifierKey): boolean {
  switch (key.algorithm) {
    case 'ed25519':
      return verifyEd25519(encoder.encode(text), signature.bytes, key.publicKey);
    case 'cosignature-v1':
      return cosignedAt(text, signature, key) !== undefined;
  }
}

function byLine(keys: readonly VerifierKey[]): ReadonlyMap<string, VerifierKey> {
  const known = new Map(keys.map((key) => [lineOf(key), key]));
  if (known.size < keys.length)
    throw new NoteError('KEY_AMBIGUOUS', 'two of the keys share name and id; give each key once');
  return known;
}

const lineOf = ({ name, keyId }: { readonly name: string; readonly keyId: number }): string => `${keyId} ${name}`;

function parseSignature(line: string): Signature {
  const [, name = '', encoded = ''] = SIGNATURE_LINE.exec(line) ?? [];
  const bytes = decodeBase64(encoded);
  if (!isKeyName(name) || bytes === undefined || bytes.length <= KEY_ID_BYTES)
    throw malformed('a signature line is an em dash, a name, and base64 of key id and signature');
  const keyId = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  return { name, keyId, bytes: bytes.subarray(KEY_ID_BYTES) };
}

function assertNoteCharacters(text: string): void {
  if (!text.isWellFormed() || /[\u0000-\u0009\u000b-\u001f]/.test(text))
    throw malformed('it has half a surrogate pair, or a control character other than newline');
}

function malformed(why: string): NoteError {
  return new NoteError('NOTE_MALFORMED', `not a signed note: ${why}`);
}
