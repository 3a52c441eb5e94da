import { sha256 } from '../chain.ts';
import { decodeBase64, encodeBase64 } from '../encoding.ts';
import { KEY_BYTES, publicKeyOf } from './ed25519.ts';
import { NoteError } from './note-error.ts';

/** What checks a signature line: the log's own (`ed25519`), or a witness's with its time (`cosignature-v1`). `keyId` is an unsigned 32-bit number. */
export type VerifierKey = {
  readonly name: string;
  readonly keyId: number;
  readonly algorithm: 'ed25519' | 'cosignature-v1';
  readonly publicKey: Uint8Array;
};
export type SigningKey = VerifierKey & { readonly seed: Uint8Array };

/** Signature types of C2SP signed-note. */
const TYPE_OF = { ed25519: 0x01, 'cosignature-v1': 0x04 } as const;
const ALGORITHM_OF = new Map<number | undefined, VerifierKey['algorithm']>([
  [TYPE_OF.ed25519, 'ed25519'],
  [TYPE_OF['cosignature-v1'], 'cosignature-v1'],
]);
const PRIVATE_PREFIX = 'PRIVATE+KEY+';
const ENCODED_KEY = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/s;

/** Whether a name can stand in a signature line: not empty, well-formed, no white space, control character or plus (C2SP signed-note). */
export function isKeyName(name: string): boolean {
  return name !== '' && name.isWellFormed() && !/[\p{White_Space}\u0000-\u001f+]/u.test(name);
}

/**
 * A signing key of a seed.
 * @param name what verifiers know the key by, best the log's origin or the witness's host and path; NoteError KEY_MALFORMED unless {@link isKeyName}
 * @param seed 32 random bytes; NoteError KEY_MALFORMED otherwise
 */
export function newSigningKey(name: string, algorithm: VerifierKey['algorithm'], seed: Uint8Array): SigningKey {
  if (seed.length !== KEY_BYTES)
    throw new NoteError('KEY_MALFORMED', `a seed has ${KEY_BYTES} bytes, not ${seed.length}`);
  return { ...verifierKey(name, algorithm, publicKeyOf(seed)), seed };
}

/** `name+keyid+base64(type || public key)`, as C2SP signed-note and Go's sumdb/note write a verifier key. */
export function formatVerifierKey(key: VerifierKey): string {
  return `${key.name}+${idText(key.keyId)}+${typed(key.algorithm, key.publicKey)}`;
}

/** Reads {@link formatVerifierKey}. Throws NoteError KEY_MALFORMED, or KEY_ID_MISMATCH when the id is not that of name and key. */
export function parseVerifierKey(vkey: string): VerifierKey {
  const { name, keyId, algorithm, material } = parseKey(vkey, 'verifier key');
  return withId(verifierKey(name, algorithm, material), keyId);
}

/** `PRIVATE+KEY+name+keyid+base64(type || seed)`, as Go's sumdb/note writes a signing key. It is a secret. */
export function formatSigningKey(key: SigningKey): string {
  return `${PRIVATE_PREFIX}${key.name}+${idText(key.keyId)}+${typed(key.algorithm, key.seed)}`;
}

/** Reads {@link formatSigningKey}. Throws as {@link parseVerifierKey} does, without a word of the secret. */
export function parseSigningKey(text: string): SigningKey {
  if (!text.startsWith(PRIVATE_PREFIX))
    throw new NoteError('KEY_MALFORMED', `a signing key begins with ${PRIVATE_PREFIX}; is this a verifier key?`);
  const { name, keyId, algorithm, material } = parseKey(text.slice(PRIVATE_PREFIX.length), 'signing key');
  return withId(newSigningKey(name, algorithm, material), keyId);
}

function verifierKey(name: string, algorithm: VerifierKey['algorithm'], publicKey: Uint8Array): VerifierKey {
  if (!isKeyName(name))
    throw new NoteError('KEY_MALFORMED', 'the name of a key is not empty and has no white space and no plus');
  return { name, keyId: keyIdOf(name, algorithm, publicKey), algorithm, publicKey };
}

/** SHA-256(name || 0x0A || type || public key), its first four bytes, big-endian (C2SP signed-note). */
function keyIdOf(name: string, algorithm: VerifierKey['algorithm'], publicKey: Uint8Array): number {
  const digest = sha256(new TextEncoder().encode(`${name}\n`), Uint8Array.of(TYPE_OF[algorithm]), publicKey);
  return new DataView(digest.buffer, digest.byteOffset).getUint32(0);
}

function withId<Key extends VerifierKey>(key: Key, keyId: number): Key {
  if (key.keyId === keyId) return key;
  throw new NoteError(
    'KEY_ID_MISMATCH',
    `the key says the id ${idText(keyId)}, its name and bytes make ${idText(key.keyId)}; get the key again from its owner`,
  );
}

function parseKey(text: string, what: string) {
  const [, name = '', id = '', encoded = ''] = ENCODED_KEY.exec(text) ?? [];
  const bytes = decodeBase64(encoded);
  const algorithm = ALGORITHM_OF.get(bytes?.[0]);
  if (bytes?.length !== 1 + KEY_BYTES || algorithm === undefined)
    throw new NoteError(
      'KEY_MALFORMED',
      `a ${what} is name+id+base64 with ${1 + KEY_BYTES} bytes of a type known here (1 or 4)`,
    );
  return { name, keyId: Number.parseInt(id, 16), algorithm, material: bytes.subarray(1) };
}

const idText = (keyId: number): string => keyId.toString(16).padStart(8, '0');
const typed = (algorithm: VerifierKey['algorithm'], bytes: Uint8Array): string =>
  encodeBase64(Uint8Array.of(TYPE_OF[algorithm], ...bytes));
