import { tryAll, isAccepted, type VectorSet } from '../vectors.features.ts';
import { parseTlogProof } from '../proof/tlog-proof.ts';
import { sha256 } from '../chain.ts';
import { parseAddCheckpoint } from './add-checkpoint.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { signEd25519, publicKeyOf, verifyEd25519 } from './ed25519.ts';
import { formatVerifierKey, newSigningKey, parseVerifierKey } from './keys.ts';
import { openNote, parseNote, signNote } from './note.ts';

const hexBytes = (text: string) => Buffer.from(text, 'hex');
const seed = new Uint8Array(32).fill(5);
const ownKey = newSigningKey('example.test/log', 'ed25519', seed);
const ownVkey = formatVerifierKey(ownKey);
const ownNote = signNote('text\n', [ownKey]);
const ownCheckpoint = `example.test/log\n1\n${Buffer.from(seed).toString('base64')}\n`;

/** A text that is read by one of our parsers, and whether its authors want it read. */
type Reading = { readonly name: string; readonly read: () => unknown; readonly good: boolean };
const readingAgrees = ({ read, good }: Reading) => isAccepted(read) === good;
const readingName = ({ name }: Reading) => name;
const reading = (name: string, good: boolean, read: () => unknown): Reading => ({ name, good, read });
const ownReadings = [
  reading('own note', true, () => openNote(ownNote, [parseVerifierKey(ownVkey)])),
  reading('own note, changed', false, () => openNote(ownNote.replace('text', 'test'), [ownKey])),
];

type Sumdb = {
  readonly vkeys: readonly string[];
  readonly badVkeys: readonly string[];
  readonly sigLines: readonly string[];
  readonly text: string;
};
const sumdb: VectorSet<Reading> = {
  name: 'sumdb keys and notes',
  count: 9,
  read: (vectors) => {
    const { vkeys, badVkeys, sigLines, text } = vectors.json<Sumdb>('sumdb/note.json');
    const good = vkeys.filter((vkey) => !badVkeys.includes(vkey));
    return [
      ...good.map((vkey) => reading(vkey, true, () => parseVerifierKey(vkey))),
      ...badVkeys.map((vkey) => reading(vkey, false, () => parseVerifierKey(vkey))),
      ...sigLines.map((line, i) =>
        reading(line, true, () => openNote(`${text}\n${line}\n`, [parseVerifierKey(good[i]!)])),
      ),
      ...sigLines.map((line, i) =>
        reading(`${line} under a changed text`, false, () =>
          openNote(`${text.toUpperCase()}\n${line}\n`, [parseVerifierKey(good[i]!)]),
        ),
      ),
      reading('both lines', true, () => openNote(`${text}\n${sigLines.join('\n')}\n`, good.map(parseVerifierKey))),
    ];
  },
  own: ownReadings,
};

type Examples = { readonly [spec: string]: readonly string[] };
const c2sp: VectorSet<Reading> = {
  name: 'c2sp examples',
  count: 8,
  read: (vectors) => {
    const examples = vectors.json<Examples>('c2sp/spec-examples.json');
    const of = (spec: string): readonly string[] => examples[spec] ?? [];
    const keys = of('vkey').map(parseVerifierKey);
    const checkpoint = (note: string) => parseCheckpoint(parseNote(note).text);
    return [
      ...of('vkey').map((vkey) => reading(vkey, true, () => parseVerifierKey(vkey))),
      ...of('signed-note').map((note) => reading(note, true, () => parseNote(note))),
      reading('the note of the published key', true, () => openNote(of('signed-note')[1]!, keys)),
      ...of('tlog-checkpoint').map((note) => reading(note, true, () => checkpoint(note))),
      ...of('tlog-cosignature').map((note) => reading(note, true, () => checkpoint(note))),
      ...of('tlog-proof').map((proof) => reading('tlog-proof', true, () => parseTlogProof(proof))),
      ...of('tlog-witness').map((body) => reading('another request', false, () => parseAddCheckpoint(body))),
    ];
  },
  own: ownReadings,
};

type CheckpointText = { readonly desc: string; readonly m: string; readonly wantErr: boolean };
/** The authors' roots are texts; ours are SHA-256, so the same checkpoints are tried with roots of that length, too. */
const withRoot = (text: string) =>
  text.replace(/\n[A-Za-z0-9+/=]{12,}\n/, `\n${Buffer.from(seed).toString('base64')}\n`);
const checkpoints: VectorSet<Reading> = {
  name: 'formats checkpoints',
  count: 12,
  read: (vectors) =>
    vectors
      .json<readonly CheckpointText[]>('formats/checkpoint_parse.json')
      .map(({ desc, m, wantErr }) => reading(desc, !wantErr, () => parseCheckpoint(withRoot(m)))),
  // C2SP tlog-checkpoint has no empty lines.
  differing: ['valid with trailing newlines'],
  own: [
    reading('own checkpoint', true, () => parseCheckpoint(ownCheckpoint)),
    reading('own checkpoint, negative', false, () => parseCheckpoint(ownCheckpoint.replace('\n1\n', '\n-1\n'))),
  ],
};

type ProofText = { readonly name: string; readonly proof: string };
const badProofs: VectorSet<Reading> = {
  name: 'formats bad tlog-proofs',
  count: 6,
  read: (vectors) =>
    vectors
      .json<readonly ProofText[]>('formats/tlog_proof_bad.json')
      .map(({ name, proof }) => reading(name, false, () => parseTlogProof(proof))),
  own: [reading('no header', false, () => parseTlogProof('index 0\n\ncheckpoint\n'))],
};

type SignatureCase = {
  readonly name: string;
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  readonly good: boolean;
};
const ownSignature: SignatureCase = {
  name: 'own',
  publicKey: publicKeyOf(seed),
  message: seed,
  signature: signEd25519(seed, seed),
  good: true,
};
const ownSignatures = [ownSignature, { ...ownSignature, message: new Uint8Array(1), good: false }];
const signatureAgrees = ({ publicKey, message, signature, good }: SignatureCase) =>
  verifyEd25519(message, signature, publicKey) === good;
const signatureName = ({ name }: SignatureCase) => name;

type Wycheproof = {
  readonly testGroups: readonly {
    readonly publicKey: { readonly pk: string };
    readonly tests: readonly {
      readonly tcId: number;
      readonly msg: string;
      readonly sig: string;
      readonly result: string;
    }[];
  }[];
};
const wycheproof: VectorSet<SignatureCase> = {
  name: 'wycheproof ed25519',
  count: 151,
  read: (vectors) =>
    vectors.json<Wycheproof>('wycheproof/ed25519_test.json').testGroups.flatMap(({ publicKey, tests }) =>
      tests.map(({ tcId, msg, sig, result }) => ({
        name: `tcId ${tcId}`,
        publicKey: hexBytes(publicKey.pk),
        message: hexBytes(msg),
        signature: hexBytes(sig),
        good: result === 'valid',
      })),
    ),
  own: ownSignatures,
};

type Receipt = {
  readonly detail: { readonly action_record: object; readonly signature: string; readonly signer_key: string };
};
/** Their chains have a hash of their own; the signatures, over SHA-256 of a record, are Ed25519 as ours. */
const pipelock: VectorSet<SignatureCase> = {
  name: 'pipelock signatures',
  count: 10,
  read: (vectors) =>
    vectors.files('pipelock').flatMap((path) =>
      vectors
        .text(path)
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as Receipt).detail)
        .map(({ action_record: record, signature, signer_key: key }, line) => ({
          name: `${path}:${line + 1}`,
          publicKey: hexBytes(key),
          message: sha256(Buffer.from(JSON.stringify(record))),
          signature: hexBytes(signature.replace('ed25519:', '')),
          good: true,
        })),
    ),
  own: ownSignatures,
};

describe('published notes', () => {
  it.each([sumdb, c2sp, checkpoints, badProofs])('of $name are read as their authors do', async (set) => {
    const { is, due } = await tryAll(set, readingAgrees, readingName);
    expect(is).toEqual(due);
  });
});

describe('published signatures', () => {
  it.each([wycheproof, pipelock])('of $name are judged as their authors do', async (set) => {
    const { is, due } = await tryAll(set, signatureAgrees, signatureName);
    expect(is).toEqual(due);
  });
});
